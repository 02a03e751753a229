/*
 * uts.c: system calls whose accesses to the kernel's names of itself are known, each in a trace mark of its own.
 *
 * Marks 1, 2, ... precede the calls, a last one follows them. For each name there is a sethostname(2), then a
 * uname(2) whose answer is looked at. tests/linux/run has the same names. Static and without a C library, so that
 * nothing else is called.
 */
#include "guest/abi/mark.h"

enum {
	SYS_WRITE = 1,
	SYS_EXIT = 60,
	SYS_UNAME = 63,
	SYS_SETHOSTNAME = 170,
	SYS_IOPL = 172,
};

/* Linux, include/uapi/linux/utsname.h: struct new_utsname. */
struct utsname {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

/* As few as one byte, none, the most that there may be, and what neither eight nor sixteen divides. */
static const char *const names[] = {
	"alpha", "a-name-of-twenty-one", "z", "", "0123456789-123456789-123456789-123456789-123456789-123456789-123",
};

static long call(long number, const void *a, const void *b, const void *c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

static void mark(unsigned number)
{
	__asm__ volatile("outl %0, %%dx" : : "a"(number), "d"((unsigned short)GUEST_PORT_MARK) : "memory");
}

static long length(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	return n;
}

static void say(const char *text)
{
	call(SYS_WRITE, (const void *)1, text, (const void *)length(text));
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static int name_it(const char *name, unsigned *number)
{
	struct utsname answer;

	mark(++*number);
	if (call(SYS_SETHOSTNAME, name, (const void *)length(name), 0) != 0)
		return 0;
	mark(++*number);
	return call(SYS_UNAME, &answer, 0, 0) == 0 && same(answer.nodename, name);
}

__attribute__((noreturn)) static void leave(long status)
{
	for (;;)
		call(SYS_EXIT, (const void *)status, 0, 0);
}

__attribute__((noreturn, force_align_arg_pointer)) void _start(void)
{
	unsigned number = 0;

	if (call(SYS_IOPL, (const void *)3, 0, 0) != 0) {
		say("guest: uts: may not use ports\n");
		leave(1);
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!name_it(names[i], &number)) {
			say("guest: uts: a name is not as it was set\n");
			leave(1);
		}
	mark(++number);
	say("guest: uts: named and asked\n");
	leave(0);
}
