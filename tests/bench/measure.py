"""What a server's processes cost: CPU of the whole tree, memory.

CPU comes from a cgroup of the server's own when we are root and may make one
(every process that ever ran in it counts, to the nanosecond or microsecond);
else from /proc (the living and those they have waited for, in ticks of 10 ms).
"""
import os
import time

V1 = "/sys/fs/cgroup/cpuacct"
V2 = "/sys/fs/cgroup"


class Cgroup:
    def __init__(self, name):
        if os.path.exists(os.path.join(V2, "cgroup.controllers")):
            self.folder, self.read = os.path.join(V2, name), self.read_v2
        else:
            self.folder, self.read = os.path.join(V1, name), self.read_v1
        os.mkdir(self.folder)

    def enter(self):
        """In the child, before it becomes somebody else."""
        with open(os.path.join(self.folder, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def read_v1(self):
        with open(os.path.join(self.folder, "cpuacct.usage"), encoding="ascii") as file:
            return int(file.read()) / 1e9

    def read_v2(self):
        with open(os.path.join(self.folder, "cpu.stat"), encoding="ascii") as file:
            return int(file.readline().split()[1]) / 1e6

    def cpu(self, _pid):
        return self.read()

    def remove(self):
        for _ in range(50): # what the server has left behind is on its way out
            try:
                os.rmdir(self.folder)
                return
            except OSError:
                time.sleep(0.1)

    words = "CPU from a cgroup for each server"


class Proc:
    def enter(self):
        pass

    def cpu(self, pid):
        total = 0
        for each in tree(pid):
            fields = stat(each)
            total += sum(int(n) for n in fields[11:15]) if fields else 0
        return total / os.sysconf("SC_CLK_TCK")

    def remove(self):
        pass

    words = "CPU from /proc (coarse: as root it comes from cgroups)"


def counter(name):
    try:
        return Cgroup(f"gatehouse-bench-{os.getpid()}-{name}")
    except OSError:
        return Proc()


def stat(pid):
    """The fields of /proc/PID/stat behind the name; [1] is the parent."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def tree(pid):
    parents = {}
    for name in os.listdir("/proc"):
        fields = stat(name) if name.isdigit() else None
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def pss(pid):
    """Proportional memory of the tree in bytes; None where we may not look."""
    total = 0
    for each in tree(pid):
        try:
            with open(f"/proc/{each}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            return None
    return total * 1024 or None
