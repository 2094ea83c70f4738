"""The servers that are compared. Each runs as an ordinary user, on a free port
of 127.0.0.1, with the same certificate and its own copy of the same bare
repositories."""
import base64
import ctypes
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time

import measure

USER = 65534 # whom root becomes
NAME = "ann"


def drop():
    """The server's own part of the way down from root."""
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


def run_as(command, **more):
    root = os.geteuid() == 0
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          preexec_fn=drop if root else None, **more).stdout.strip()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, folder, tls):
        self.folder = os.path.join(folder, self.name)
        self.tls = tls
        self.log = os.path.join(folder, self.name + ".log")
        self.counter = measure.counter(self.name)
        self.process = None
        os.mkdir(self.folder, 0o755)
        self.own(self.folder)

    def own(self, path):
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", f"{USER}:{USER}", path], check=True)

    def launch(self, command):
        def before():
            self.counter.enter()
            if os.geteuid() == 0:
                drop()
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=before, cwd=self.folder)

    def cpu(self):
        return self.counter.cpu(self.process.pid)

    def pss(self):
        return measure.pss(self.process.pid)

    def url(self, path, secret=None):
        scheme = "https" if self.tls else "http"
        login = f"{NAME}:{secret}@" if secret else ""
        return f"{scheme}://{login}127.0.0.1:{self.port}/{path}"

    def wait_until(self, ready):
        for _ in range(600):
            if ready():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as file:
            raise SystemExit(f"{self.name} did not start:\n{file.read()[-3000:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        time.sleep(0.3)
        self.counter.remove()


class Gatehouse(Server):
    name = "gatehouse"

    def __init__(self, folder, tls, programs):
        super().__init__(folder, tls)
        self.programs = os.path.join(folder, "programs")
        shutil.copytree(programs, self.programs)
        self.data = os.path.join(self.folder, "data")
        run_as(["mkdir", "-m", "700", self.data])
        self.command("user", "add", NAME, "--email", "ann@example.org")
        self.secret = self.command("token", "create", "--user", NAME, "--name", "bench",
                                   "--scopes", "write:repository", "--quiet")

    def command(self, *words):
        return run_as([os.path.join(self.programs, "gatehouse"), "--data", self.data, *words])

    def add(self, name, bare):
        """The repository, filled with what lies in the bare one."""
        self.command("repo", "create", f"{NAME}/{name}")
        path = self.command("repo", "path", f"{NAME}/{name}")
        for part in ("objects", "refs", "packed-refs", "info"):
            source, target = os.path.join(bare, part), os.path.join(path, part)
            if os.path.isdir(source):
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif os.path.exists(source):
                shutil.copy(source, target)
        self.own(path)

    def start(self, certificate, key):
        listen = ["--http", "127.0.0.1:0"]
        if self.tls:
            listen = ["--https", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key]
        self.launch([os.path.join(self.programs, "gatehouse"), "--data", self.data, "serve",
                     # a bench is what these are made to stop
                     "--requests-per-credential", "0", "--failures-per-address", "0",
                     "--failures-per-owner", "0", *listen])
        address = os.path.join(self.data, "run", "address")
        self.wait_until(lambda: os.path.exists(address) and os.path.getsize(address))
        with open(address, encoding="ascii") as file:
            self.port = int(file.readline().strip().rstrip("/").rpartition(":")[2])


MODULES = """mpm_event authn_core authn_file auth_basic authz_core authz_user alias env setenvif
cgid"""

CONFIG = """ServerName localhost
ServerRoot {folder}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
LogLevel error
ScriptSock {folder}/cgi.sock
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
{tls}
SetEnv GIT_PROJECT_ROOT {folder}/repositories
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnvIf Git-Protocol ".*" GIT_PROTOCOL=$0
ScriptAlias / {backend}/
<Location "/">
AuthType Basic
AuthName bench
AuthUserFile {folder}/passwords
Require valid-user
</Location>
"""


class Apache(Server):
    """Apache with git-http-backend; a password hash that costs next to nothing."""
    name = "apache"

    def __init__(self, folder, tls, secret):
        super().__init__(folder, tls)
        self.secret = secret
        run_as(["mkdir", "-p", os.path.join(self.folder, "repositories", NAME)])
        digest = base64.b64encode(hashlib.sha1(secret.encode()).digest()).decode()
        with open(os.path.join(self.folder, "passwords"), "w", encoding="ascii") as file:
            file.write(f"{NAME}:{{SHA}}{digest}\n")

    def add(self, name, bare):
        path = os.path.join(self.folder, "repositories", NAME, name + ".git")
        shutil.copytree(bare, path)
        subprocess.run(["git", "--git-dir", path, "config", "http.receivepack", "true"],
                       check=True)
        self.own(path)

    def start(self, certificate, key):
        modules = MODULES.split() + (["ssl", "socache_shmcb"] if self.tls else [])
        lines = [f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so" for m in modules]
        tls = ""
        if self.tls:
            tls = (f"SSLEngine on\nSSLCertificateFile {certificate}\nSSLCertificateKeyFile {key}\n"
                   f"SSLSessionCache shmcb:{self.folder}/sessions(512000)")
        self.port = free_port()
        backend = os.path.join(subprocess.run(["git", "--exec-path"], check=True, text=True,
                                              capture_output=True).stdout.strip(),
                               "git-http-backend")
        config = os.path.join(self.folder, "apache.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n" + CONFIG.format(
                folder=self.folder, port=self.port, backend=backend, tls=tls))
        self.launch(["/usr/sbin/apache2", "-f", config, "-D", "FOREGROUND"])
        self.wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0)
