/*
 * kernel.c: a kernel that says on the serial line what its loader and the firmware told it, and ends.
 *
 * It believes nothing: checksums are summed, texts are looked for where they are said to be.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define MAGIC_1 0x2badb002u
#define MAGIC_2 0x36d76289u

static void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void say(const char *text)
{
	for (; *text; text++)
		out8(0x3f8, (u8)*text);
}

static void say_hex(u32 value)
{
	char text[9];
	unsigned at = 8;

	text[8] = 0;
	do {
		text[--at] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	say(text + at);
}

/* "name value\n" */
static void tell(const char *name, u32 value)
{
	say(name);
	say(" ");
	say_hex(value);
	say("\n");
}

static u32 word(u32 at)
{
	return *(const volatile u32 *)at;
}

static u8 byte(u32 at)
{
	return *(const volatile u8 *)at;
}

static u16 half(u32 at)
{
	return *(const volatile u16 *)at;
}

static int is(u32 at, const char *text)
{
	for (; *text; text++, at++)
		if (byte(at) != (u8)*text)
			return 0;
	return 1;
}

static int sums(u32 at, u32 size)
{
	u8 sum = 0;

	while (size--)
		sum = (u8)(sum + byte(at++));
	return sum == 0;
}

/* A command line without its first word: files have other names in other places. */
static void say_words(u32 text)
{
	while (byte(text) && byte(text) != ' ')
		text++;
	say((const char *)text);
	say("\n");
}

static void tell_module(u32 start, u32 end, u32 text)
{
	say("module of ");
	say_hex(end - start);
	say((start & 0xfff) ? " bytes, not aligned:" : " bytes:");
	say_words(text);
	for (; start < end; start++)
		out8(0x3f8, byte(start));
}

static void tell_range(u32 at)
{
	say("map ");
	say_hex(word(at));
	say("+");
	say_hex(word(at + 8));
	tell(" type", word(at + 16));
}

static void tell_screen(u32 at)
{
	tell("screen", word(at));
	tell("columns", word(at + 12));
	tell("rows", word(at + 16));
	tell("type", byte(at + 21));
}

/* Of an ELF32 or ELF64: is there a loaded symbol table whose strings hold a name of ours? */
static void tell_sections(u32 count, u32 size, u32 at)
{
	u32 found = 0;

	for (u32 i = 0; i < count; i++) {
		u32 header = at + i * size;
		u32 address = word(header + (size == 64 ? 16 : 12)), length = word(header + (size == 64 ? 32 : 20));

		if (word(header + 4) != 3 || !address)
			continue;
		for (u32 k = address; k < address + length; k++)
			found |= (u32)is(k, "say_words");
	}
	say(count ? found ? "sections with symbols\n" : "sections without symbols\n" : "no sections\n");
}

static void tell_1(u32 info)
{
	u32 flags = word(info), modules = word(info + 24), map = word(info + 48);

	tell("flags", flags);
	tell("lower", word(info + 4));
	tell("upper", word(info + 8));
	say("line:");
	say_words(word(info + 16));
	say("loader ");
	say((const char *)word(info + 64));
	say("\n");
	for (u32 i = 0; i < word(info + 20); i++)
		tell_module(word(modules + 16 * i), word(modules + 16 * i + 4), word(modules + 16 * i + 8));
	for (u32 at = map; at < map + word(info + 44); at += word(at) + 4)
		tell_range(at + 4);
	tell_screen(info + 88);
	tell_sections(flags & 0x20 ? word(info + 28) : 0, word(info + 32), word(info + 36));
}

static void tell_tag(u32 at, u32 kind, u32 size)
{
	if (kind == 1) {
		say("line:");
		say_words(at + 8);
	} else if (kind == 2) {
		say("loader ");
		say((const char *)at + 8);
		say("\n");
	} else if (kind == 3) {
		tell_module(word(at + 8), word(at + 12), at + 16);
	} else if (kind == 4) {
		tell("lower", word(at + 8));
		tell("upper", word(at + 12));
	} else if (kind == 6) {
		for (u32 i = at + 16; i < at + size; i += word(at + 8))
			tell_range(i);
	} else if (kind == 8) {
		tell_screen(at + 8);
	} else if (kind == 9) {
		tell_sections(word(at + 8), word(at + 12), at + 20);
	} else if (kind == 14) {
		say(sums(at + 8, 20) ? "RSDP of version 1\n" : "RSDP of version 1, wrong\n");
	} else if (kind == 15) {
		say(sums(at + 8, 36) ? "RSDP of version 2\n" : "RSDP of version 2, wrong\n");
	} else {
		tell("tag", kind);
	}
}

static void tell_2(u32 info)
{
	for (u32 at = info + 8; at < info + word(info); at += (word(at + 4) + 7) & ~7u) {
		tell_tag(at, word(at), word(at + 4));
		if (!word(at))
			return;
	}
	say("no end\n");
}

static void tell_apic(u32 table)
{
	for (u32 at = table + 44; at < table + word(table + 4); at += byte(at + 1)) {
		if (byte(at) == 0)
			tell("acpi cpu", byte(at + 3));
		else if (byte(at) == 1)
			tell("acpi ioapic", word(at + 4));
		else if (byte(at) == 2)
			tell("acpi override", (u32)byte(at + 3) << 8 | byte(at + 4));
	}
}

static void tell_acpi(void)
{
	u32 rsdp = 0, rsdt;

	for (u32 at = 0xe0000; at < 0x100000 && !rsdp; at += 16)
		if (is(at, "RSD PTR ") && sums(at, 20))
			rsdp = at;
	if (!rsdp) {
		say("no RSDP\n");
		return;
	}
	rsdt = word(rsdp + 16);
	say(is(rsdt, "RSDT") && sums(rsdt, word(rsdt + 4)) ? "RSDT\n" : "no RSDT\n");
	say(is(word(rsdp + 24), "XSDT") && sums(word(rsdp + 24), word(word(rsdp + 24) + 4)) ? "XSDT\n" : "no XSDT\n");
	for (u32 at = rsdt + 36; at < rsdt + word(rsdt + 4); at += 4) {
		u32 table = word(at);

		if (!sums(table, word(table + 4)))
			tell("wrong table", table);
		else if (is(table, "APIC"))
			tell_apic(table);
		else if (is(table, "FACP"))
			say(is(word(table + 40), "DSDT") ? "FADT with DSDT\n" : "FADT without DSDT\n");
	}
}

/* Intel, MultiProcessor Specification 1.4, "MP Configuration Table". */
static void tell_mp(void)
{
	u32 pointer = 0, table, at;

	for (u32 i = 0xf0000; i < 0x100000 && !pointer; i += 16)
		if (is(i, "_MP_") && sums(i, 16u * byte(i + 8)))
			pointer = i;
	if (!pointer) {
		say("no MP table\n");
		return;
	}
	table = word(pointer + 4);
	if (!is(table, "PCMP") || !sums(table, half(table + 4))) {
		say("MP table, wrong\n");
		return;
	}
	at = table + 44;
	for (u32 i = 0; i < half(table + 34); i++) {
		u8 kind = byte(at);

		if (kind == 0)
			tell(byte(at + 3) & 2 ? "mp boot cpu" : "mp cpu", byte(at + 1));
		else if (kind == 1)
			say("mp bus\n");
		else if (kind == 2)
			tell("mp ioapic", word(at + 4));
		else if (kind == 3 && byte(at + 5) != byte(at + 7))
			tell("mp interrupt", (u32)byte(at + 5) << 8 | byte(at + 7));
		at += kind == 0 ? 20 : 8;
	}
	say(at == table + half(table + 4) ? "mp end\n" : "mp end, wrong\n");
}

void kernel(u32 magic, u32 info, u32 cr0, u32 flags);

void kernel(u32 magic, u32 info, u32 cr0, u32 flags)
{
	tell("magic", magic);
	tell("cr0 PG and PE", cr0 & 0x80000001);
	tell("flags VM and IF", flags & 0x20200);
	if (magic == MAGIC_1)
		tell_1(info);
	else if (magic == MAGIC_2)
		tell_2(info);
	tell("base memory", half(0x413));
	tell("screen port", half(0x463));
	tell_acpi();
	tell_mp();
	out8(0xf4, 0);
}
