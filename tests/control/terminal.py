"""terminal.py LODESTORE IMAGE: what Ctrl-A does on a terminal, from both sides of a pseudo terminal."""
import os, pty, re, select, sys, time

said = b""


def hear(pattern, seconds=20):
    """All that was said since the last time, up to what is expected."""
    global said
    end = time.monotonic() + seconds
    while not re.search(pattern, said):
        if time.monotonic() > end:
            sys.exit(f"expected {pattern!r}, heard {said!r}")
        if select.select([terminal], [], [], 0.1)[0]:
            said += os.read(terminal, 4096)
    found = re.search(pattern, said)
    said = said[found.end() :]
    return found


def type_keys(keys):
    os.write(terminal, keys)


# to its last line: what comes may come in pieces
whole_vcpu = rb"(?s)vCPU 1: rip=0x\w+, 64 bits, CPL 3\r\n.*?\r\n +idt +base [^\r]*\r\n"
lodestore, image = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(lodestore, [lodestore, "run", "--boot", "bare", "--cpl", "3", "--cpus", "2", "--reg", "rbx=0x200000",
                         "--timeout", "60", image])
time.sleep(1)
type_keys(b"\x01h")
hear(rb"\r\nCtrl-A h help, p pause or resume, .*\r\n .*\r\n")
type_keys(b"\x01p")
hear(rb"\r\npaused\r\n")
type_keys(b"\x01r")
first = hear(whole_vcpu)
type_keys(b"\x01r")
again = hear(whole_vcpu)
if first.group(0) != again.group(0):
    sys.exit("a vCPU ran while paused")
type_keys(b"\x01l")
hear(rb"nothing is kept\r\n")
type_keys(b"\x01p")
hear(rb"\r\nrunning\r\n")
type_keys(b"\x01agpa:0x200000+4096=memry\r")
hear(rb"lodestore: keeper \"memry\": unknown keeper .*\r\n")
type_keys(b"\x01agpa:0x200000+4096=memory")
hear(rb"arm RANGE=KEEPER: gpa:0x200000\+4096=memory")
type_keys(b"\r")
hear(rb"gpa 0x200000, 4096 bytes: 0 loads, 0 stores \(kept\)\r\n")
time.sleep(0.5)
type_keys(b"\x01l")
if int(hear(rb"4096 bytes: (\d+) loads").group(1)) == 0:
    sys.exit("nothing was counted")
type_keys(b"\x01dgpa:0x200000+4096\r")
hear(rb"loads, \d+ stores \(kept\)\r\n")
type_keys(b"\x01p")
hear(rb"\r\npaused\r\n")
type_keys(b"\x01x")  # a pause does not keep it
end = time.monotonic() + 20
while (done := os.waitpid(pid, os.WNOHANG))[0] == 0 and time.monotonic() < end:
    time.sleep(0.05)
if done[0] == 0 or done[1] != 0:
    sys.exit(f"the end: {done}")
