# uts.awk: the records of what tests/linux/uts.c has the kernel do, judged against what it must do.
#
# Input: `lodestore view -F kind,function,linear,size,old,new,count` of a trace of the 390 bytes of struct
# new_utsname. Variables: base, their address in hex, without zeros in front of it or 0x; names, those that uts.c
# sets, with | behind each; sysname, release, version, machine, domainname. Prints what is wrong; status 1 if anything is.

BEGIN {
	FS = "\t"
	for (i = 1; i < 128; i++)
		code[sprintf("%c", i)] = i
	for (i = 0; i < 16; i++)
		digit[substr("0123456789abcdef", i + 1, 1)] = i
	calls = 2 * (split(names, name, "|") - 1)
	now = 0
	field(0, sysname)
	field(130, release)
	field(195, version)
	field(260, machine)
	field(325, domainname)
}

function wrong(what) {
	if (bad++ < 8)
		printf "\tcall %d, record %d: %s: %s\n", now, NR - 1, what, $0
}

function field(at, text,    i) {
	for (i = 0; i < 65; i++)
		expected[at + i] = i < length(text) ? code[substr(text, i + 1, 1)] : 0
}

# Of two addresses with the same first digits: the last seven of each are compared.
function offset(address,    a, b, i) {
	sub(/^0x/, "", address)
	a = b = 0
	if (length(address) != length(base) || substr(address, 1, length(base) - 7) != substr(base, 1, length(base) - 7))
		return -1
	for (i = length(base) - 6; i <= length(base); i++) {
		a = a * 16 + digit[substr(address, i, 1)]
		b = b * 16 + digit[substr(base, i, 1)]
	}
	return a - b
}

# Byte i, from the lowest, of a value as it is printed.
function byte(value, i,    at) {
	sub(/^0x/, "", value)
	at = length(value) - 2 * i
	return (at > 0 ? digit[substr(value, at, 1)] : 0) + 16 * (at > 1 ? digit[substr(value, at - 1, 1)] : 0)
}

function begin_call() {
	split("", seen)
	from = now % 2 ? 65 : 0 # sethostname: the node's name; uname: all
	to = now % 2 ? 130 : 390
	kind = now % 2 ? "store" : "load"
	function_ = now % 2 ? "^(__x64_sys_sethostname|__do_sys_sethostname|memcpy|memset|__memcpy|__memset|memcpy_orig|memset_orig)[+]"\
		: "^(__do_sys_newuname|__x64_sys_newuname|memcpy|__memcpy|memcpy_orig)[+]"
	if (now % 2)
		field(65, name[(now + 1) / 2])
}

function end_call(    i, missing) {
	for (i = from; i < to; i++)
		if (!seen[i])
			missing = missing " " i
	if (missing)
		wrong("no " kind " of bytes" missing ", before")
}

$1 == "lost" || $1 == "disarmed" { wrong("not all was seen") }
$1 == "mark" {
	if (now > 0 && now <= calls)
		end_call()
	if ($7 != now + 1)
		wrong("not the next mark")
	now = $7
	begin_call()
	next
}
now < 1 || now > calls || ($1 != "load" && $1 != "store" && $1 != "rmw" && $1 != "fetch") { next }
{
	at = offset($3)
	if ($1 != kind)
		wrong("a " kind " was due")
	if ($2 !~ function_)
		wrong("not by that function")
	if (at < from || at + $4 > to)
		wrong("not in bytes " from " to " to)
	for (i = 0; i < $4; i++) {
		if (byte($1 == "store" ? $6 : $5, i) != expected[at + i])
			wrong("byte " at + i " is not " expected[at + i])
		seen[at + i] = 1
	}
	accesses[kind]++
}
END {
	if (now != calls + 1)
		wrong("marks end too early, not at " calls + 1)
	if (bad > 8)
		printf "\tand %d more\n", bad - 8
	exit bad > 0
}
