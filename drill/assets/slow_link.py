"""A 2G link in user space: two TUN devices, one in a network namespace, and between them a line with a rate, a
delay and losses in each direction. Real TCP on both ends.

slow_link.py NAMESPACE BITS_PER_SECOND ONE_WAY_MS LOSS SEED
Prints "ready" once both ends are up: 10.77.0.1 inside the namespace, 10.77.0.2 outside. Ends with its input.
"""
import ctypes, fcntl, heapq, os, random, select, struct, subprocess, sys, time

namespace, rate, delay, loss, seed = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]) / 1e3, float(sys.argv[4]), int(sys.argv[5])
lots = random.Random(seed)
QUEUE = 40  # packets that may wait for the line, a direction
libc = ctypes.CDLL(None, use_errno=True)


def enter(fd):
    if libc.setns(fd, 0):
        raise OSError(ctypes.get_errno(), "setns")


def device(name, address):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH", name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    for words in (["addr", "add", address + "/24", "dev", name], ["link", "set", name, "up", "mtu", "1500"]):
        subprocess.check_call(["ip", *words])
    return fd


outside = os.open("/proc/self/ns/net", os.O_RDONLY)
far = device("pantau2g-s", "10.77.0.2")
enter(os.open("/var/run/netns/" + namespace, os.O_RDONLY))
subprocess.check_call(["ip", "link", "set", "lo", "up"])
near = device("pantau2g-p", "10.77.0.1")
enter(outside)
print("ready", flush=True)

line_free = {near: 0.0, far: 0.0}  # when the line that starts at this end has sent what waits
waiting = {near: [], far: []}
under_way = []
order = 0
while True:
    pause = max(0.0, under_way[0][0] - time.monotonic()) if under_way else 1.0
    readable, _, _ = select.select([near, far, sys.stdin], [], [], pause)
    if sys.stdin in readable and not os.read(sys.stdin.fileno(), 4096):
        break
    for end in (near, far):
        while end in readable:
            try:
                packet = os.read(end, 4096)
            except BlockingIOError:
                break
            if packet[0] >> 4 != 4:
                continue
            now = time.monotonic()
            waiting[end] = [sent for sent in waiting[end] if sent > now]
            if len(waiting[end]) >= QUEUE:
                continue
            sent = max(now, line_free[end]) + len(packet) * 8 / rate
            line_free[end] = sent
            waiting[end].append(sent)
            if lots.random() >= loss:
                order += 1
                heapq.heappush(under_way, (sent + delay, order, far if end == near else near, packet))
    now = time.monotonic()
    while under_way and under_way[0][0] <= now:
        _, _, end, packet = heapq.heappop(under_way)
        try:
            os.write(end, packet)
        except OSError:
            pass
