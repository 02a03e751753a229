# machine.sh: what svm and vmx share. Sourced by them; defines functions, runs nothing.
#
# A machine boots Debian's kernel with an initramfs made here, loads KVM, runs one
# command and powers off. Its first serial line is the console. Its second one
# carries a new line every two seconds, by which the machine is seen to have a clock, then the line
# "results" and a gzip'd tar of /out, which holds the command's exit status: a machine that dies on the
# way brings none, and that is a failure.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
parts=$here/../../build/nested
STILL=${STILL-120} # seconds without a sign of life
me=tests/nested/$(basename "$0")

machine_usage() {
	cat <<-END
	usage: $me [-m MIB] [-s CPUS] [-t SECONDS] [-o DIR] FILES COMMAND

	Boot the machine once and run the shell command in it, in a copy of the directory
	FILES (with the libraries its programs want). What it prints is passed on; what it
	puts in /out comes back into DIR.
	Exit status: the command's; 124 time limit reached, 125 the machine failed.
	END
}

# The options of both scripts into memory, cpus, limit, out, files, command and the temporary directory work.
machine_options() {
	memory=512 out=
	while getopts m:s:t:o:h option; do
		case $option in
		m) memory=$OPTARG ;;
		s) cpus=$OPTARG ;;
		t) limit=$OPTARG ;;
		o) out=$OPTARG ;;
		h) machine_usage; exit 0 ;;
		*) machine_usage >&2; exit 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	if [ $# -ne 2 ] || [ ! -d "$1" ]; then
		machine_usage >&2
		exit 2
	fi
	files=$1 command=$2
	work=$(mktemp -d)
	machine_pid=
	trap machine_stop EXIT
	trap 'echo "$me: line $LINENO: \"$BASH_COMMAND\" failed" >&2' ERR
	set -E
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

machine_stop() {
	if [ "$machine_pid" ]; then
		kill "$machine_pid" 2>/dev/null || true
		wait "$machine_pid" 2>/dev/null || true
	fi
	rm -rf "$work"
}

# The initramfs as a file system tree in $work/root.
machine_root() {
	local root=$work/root library

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,out,modules,test}
	cp "$parts/busybox" "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$parts"/modules/*.ko "$root/modules/"
	cp -rL "$files/." "$root/test/"
	# ldd complains of scripts and static programs, which want nothing
	{ find "$root/test" -type f -perm -u+x -exec ldd {} + 2>/dev/null || true; } |
		sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | sort -u |
		while read -r library; do
			mkdir -p "$root/$(dirname "$library")"
			cp -L "$library" "$root/$library"
		done
	printf '%s\n' "$command" >"$root/command"
	cp "$here/init" "$root/init"
	chmod +x "$root/init"
}

# $1: further kernel parameters. quiet: errors still show; panic=0: stays, and machine_watch() sees it.
machine_cmdline() {
	echo "console=ttyS0 quiet loglevel=4 panic=0 oops=panic mitigations=off nokaslr no_timer_check" \
		"random.trust_cpu=on 8250.nr_uarts=2 cryptomgr.notests rcupdate.rcu_expedited=1 ${1-}"
}

machine_initramfs() {
	(cd "$work/root" && find . | cpio -o -H newc -R 0:0 --quiet)
}

# How much has come over the second serial line.
machine_life() {
	stat -c %s "$work/results" 2>/dev/null || echo 0
}

# A machine that has lost its timer runs for ever what it ran, and nothing else.
machine_stands_still() {
	local now

	[ $SECONDS -ge $look ] || return 1
	look=$((SECONDS + STILL))
	now=$(machine_life)
	[ "$now" -gt "$seen" ] || return 0
	seen=$now
	return 1
}

# Start the machine (the arguments), once more if it stands still.
machine_watch() {
	machine_watch_once "$@"
	[ $ended = still ] || return 0
	echo "$me: the machine stands still: no sign of life for $STILL s; once more"
	machine_watch_once "$@"
}

# With its console in $work/console; pass the lines of the command on; wait for the end, however it comes.
# Sets ended: done, limit, panic or still.
machine_watch_once() {
	local reader deadline=$((SECONDS + limit)) look=$((SECONDS + STILL)) seen=0 alarm=

	: >"$work/console"
	: >"$work/results"
	timeout -k 5 $((limit + 30)) "$@" </dev/null >"$work/said" 2>&1 &
	machine_pid=$!
	tail -n +1 -f -s 0.1 --pid=$machine_pid "$work/console" 2>/dev/null |
		sed -un 's/\r$//; /reboot: Power down/d; /^nested: /,$p' &
	reader=$!
	ended=done
	while kill -0 $machine_pid 2>/dev/null; do
		sleep 0.1
		if [ ! "$alarm" ] && grep -q 'Kernel panic' "$work/console"; then # if it is not a guest's
			alarm=panic look=$((SECONDS + 20)) seen=$(machine_life)
		fi
		if [ $SECONDS -ge $deadline ]; then
			ended=limit
		elif machine_stands_still; then
			ended=${alarm:-still}
		else
			continue
		fi
		sleep 0.3 # the last lines come
		kill $machine_pid 2>/dev/null || true
		break
	done
	wait $machine_pid 2>/dev/null || true
	machine_pid=
	wait $reader 2>/dev/null || true
}

# The tar in what came over the second serial line.
machine_results() {
	LC_ALL=C sed '1,/^results$/d' "$work/results"
}

# From what the machine left behind to the exit status of the script.
machine_end() {
	if [ $ended = done ] && mkdir "$work/out" && machine_results | tar -xzC "$work/out" 2>/dev/null &&
		[ -s "$work/out/status" ]; then
		if [ "$out" ]; then
			mkdir -p "$out"
			cp -r "$work/out/." "$out/"
		fi
		exit "$(cat "$work/out/status")"
	fi
	if ! grep -q "^nested: " "$work/console"; then # else it was passed on as it came
		echo "--- the end of the console:"
		tail -n 30 "$work/console" | tr -d "\r"
	fi
	case $ended in
	limit) echo "$me: time limit of $limit s reached"; exit 124 ;;
	panic) echo "$me: the machine's kernel panicked" ;;
	still) echo "$me: the machine stands still: no sign of life for $STILL s" ;;
	*)
		grep -v "TCG doesn't support" "$work/said" | tail -n 5 || true
		echo "$me: the machine ended without a status"
		;;
	esac
	exit 125
}
