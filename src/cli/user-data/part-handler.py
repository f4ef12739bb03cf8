#part-handler
"""Registers this machine with a commissaire server on its first boot.

cloud-init loads this file as a part handler and gives it the part text/x-commissaire-host: a JSON object that
docs/user-data.md describes. That is early in the boot, before sshd answers, so the handler only creates the user, the
key and the right to use sudo, and writes a script that cloud-init runs at the end of the boot (module scripts-user).
That script runs this file again, as a program, which registers the machine.

Needs only the standard library of Python 3.6. Its output can be read by every user, so it never prints a secret.
"""

import base64
import contextlib
import grp
import hashlib
import http.client
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

CONTENT_TYPE = "text/x-commissaire-host"

# cloud-init calls handle_part with the arguments of this version.
handler_version = 2

SUDOERS_DIRECTORY = "/etc/sudoers.d"
PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"

# Seconds.
DEFAULT_DEADLINE = 300
PROGRAM_TIMEOUT = 120
REQUEST_TIMEOUT = 30
FIRST_PAUSE = 1
LONGEST_PAUSE = 30
GRACE = 5
SSHD_PATIENCE = 60

# The server, or a proxy before it, may recover in a moment.
PASSING_STATUSES = (408, 429, 500, 502, 503, 504)


def list_types():
    return [CONTENT_TYPE]


def handle_part(_data, content_type, _filename, payload, _frequency):
    """cloud-init calls it for the part, and before the first and after the last of all parts."""
    if content_type != CONTENT_TYPE:
        return
    try:
        prepare(Settings(payload))
        leave_script(payload, os.path.realpath(__file__))
    except Fault as fault:
        # cloud-init itself only logs that a handler failed.
        say(fault)
        raise


class Fault(Exception):
    """A failure that a retry cannot solve. The message is for people and contains no secret."""


class Unreachable(Exception):
    """The server is unreachable, perhaps only for now."""


class OutOfTime(Exception):
    """The alarm raises it, anywhere in the program."""


class Settings:
    """The part, checked. Raises Fault."""

    def __init__(self, payload):
        members = json_object(payload)
        self.endpoint = endpoint_of(text_of(members, "endpoint"))
        self.username = text_of(members, "username")
        # Files of the original have false here instead of a password.
        self.password = text_of(members, "password")
        self.token = token_of(text_of(members, "token"))
        self.cluster = text_of(members, "cluster")
        self.address = text_of(members, "address")
        self.remote_user = text_of(members, "remote_user", "root")
        self.ssh_key_path = text_of(members, "ssh_key_path", "/root/.ssh/id_rsa")
        self.authorized_keys_path = text_of(members, "authorized_keys_path", "/root/.ssh/authorized_keys")
        self.fingerprint = fingerprint_of(text_of(members, "fingerprint"))
        self.deadline = seconds_of(members, "deadline", DEFAULT_DEADLINE)
        if self.fingerprint and self.endpoint.scheme != "https":
            raise Fault('"fingerprint" is of a certificate, but the endpoint is not https')
        if not re.match(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\Z", self.remote_user):
            raise Fault('"remote_user" is not the name of a user')

    def account(self):
        try:
            return pwd.getpwnam(self.remote_user)
        except KeyError:
            raise Fault("there is no user %s" % self.remote_user) from None

    def key_path(self):
        return self._path(self.ssh_key_path)

    def keys_path(self):
        return self._path(self.authorized_keys_path)

    def _path(self, text):
        own = "~%s/" % self.remote_user
        path = os.path.expanduser(own + text[2:] if text.startswith("~/") else text)
        if not os.path.isabs(path):
            raise Fault("the path %s is not absolute" % text)
        return path


def json_object(payload):
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else payload
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    if isinstance(members, dict):
        return members
    raise Fault("the part %s is not a JSON object" % CONTENT_TYPE)


def text_of(members, name, default=""):
    value = members.get(name)
    if value is None or value is False or value == "":
        return default
    if isinstance(value, str):
        return value
    raise Fault('"%s" is not a string' % name)


def seconds_of(members, name, default):
    value = members.get(name, default)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 1:
        return value
    raise Fault('"%s" is not a number of seconds' % name)


def endpoint_of(text):
    if not text:
        raise Fault('there is no "endpoint"')
    try:
        url = urllib.parse.urlsplit(text)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        usable = False
    # The message does not show the URL, which may contain a password.
    if not usable or url.username is not None or url.query or url.fragment:
        raise Fault('"endpoint" is not a URL such as https://jump.example.com:8000, without a password in it')
    return url


def token_of(text):
    if re.search(r"[^!-~]", text):
        raise Fault('"token" has letters that no token has')
    return text


def fingerprint_of(text):
    digits = re.sub(r"^sha256:|:", "", text.lower())
    if digits and not re.match(r"[0-9a-f]{64}\Z", digits):
        raise Fault('"fingerprint" is not the SHA-256 of a certificate in hexadecimal digits')
    return digits


# --- the user, the key and the right to use sudo ---------------------------------------------


def prepare(settings):
    """Creates what the server needs to log in. Keeps what exists already."""
    account = ensure_user(settings.remote_user)
    if account.pw_uid != 0:
        allow_sudo(account.pw_name)
    with owner_of(settings.key_path(), account):
        public_key = ensure_key(settings.key_path())
    with owner_of(settings.keys_path(), account):
        authorise(settings.keys_path(), public_key)
    if shutil.which("restorecon", path=PROGRAMS):
        for path in (settings.key_path(), settings.keys_path()):
            run("restorecon", "-R", os.path.dirname(path))


def ensure_user(name):
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    run("useradd", "--create-home", *group_options(name), name)
    return pwd.getpwnam(name)


def group_options(name):
    """useradd refuses a user with the name of an existing group, unless that becomes the user's group."""
    try:
        return ["--gid", grp.getgrnam(name).gr_name]
    except KeyError:
        return ["--user-group"]


def allow_sudo(name):
    """A faulty file there makes sudo refuse every user, so visudo checks it before it takes its place."""
    if not os.path.isdir(SUDOERS_DIRECTORY):
        raise Fault("there is no %s: is sudo installed?" % SUDOERS_DIRECTORY)
    # sudo ignores names with a dot: the unfinished file must have one, and the finished file none.
    path = os.path.join(SUDOERS_DIRECTORY, "commissaire-" + name.replace(".", "_"))
    with written_beside(path, prefix=".commissaire-") as (file, name_of_file):
        file.write("%s ALL=(ALL:ALL) NOPASSWD: ALL\n" % name)
        os.fchmod(file.fileno(), 0o440)
        file.flush()
        run("visudo", "-c", "-f", name_of_file)


def ensure_key(path):
    """Creates the key pair unless it exists. Returns the public key as TYPE DATA."""
    directory = os.path.dirname(path)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    if not os.path.exists(path):
        # The key appears completely or not at all.
        with tempfile.TemporaryDirectory(prefix=".commissaire-", dir=directory) as temporary:
            made = os.path.join(temporary, "key")
            run("ssh-keygen", "-q", "-N", "", "-t", "rsa", "-b", "3072", "-C", "commissaire", "-f", made)
            os.replace(made + ".pub", path + ".pub")
            os.replace(made, path)
    # Not from the .pub file, which may belong to another key.
    return " ".join(run("ssh-keygen", "-y", "-P", "", "-f", path).split()[:2])


def authorise(path, public_key):
    """Adds the key to the authorized ones, unless it is one already."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    target = os.path.realpath(path)
    try:
        with open(target, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        text = ""
    data = public_key.split()[1]
    if any(data in line.split() for line in text.splitlines() if not line.lstrip().startswith("#")):
        return
    if text and not text.endswith("\n"):
        text += "\n"
    with written_beside(target, prefix=".authorized_keys-") as (file, _):
        file.write("%s%s commissaire\n" % (text, public_key))


@contextlib.contextmanager
def owner_of(path, account):
    """Acts as the user below their home, because a link there must not lead root elsewhere."""
    below = os.path.abspath(path).startswith(account.pw_dir.rstrip("/") + "/")
    if os.geteuid() != 0 or account.pw_uid == 0 or not below:
        yield
        return
    groups = os.getgroups()
    os.setgroups([account.pw_gid])
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextlib.contextmanager
def written_beside(path, prefix):
    """A private file and its name. It replaces `path` in one step once it is written without an error."""
    handle, temporary = tempfile.mkstemp(prefix=prefix, dir=os.path.dirname(path))
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            yield file, temporary
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def run(program, *arguments):
    """Runs the program and returns its stdout. Raises Fault with its stderr."""
    path = shutil.which(program, path=PROGRAMS)
    if path is None:
        raise Fault("%s is not installed" % program)
    try:
        done = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=PROGRAM_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise Fault("%s did not end in %d s" % (program, PROGRAM_TIMEOUT)) from None
    if done.returncode == 0:
        return done.stdout
    raise Fault("%s failed with exit code %d: %s" % (program, done.returncode, printable(done.stderr)))


# --- what runs at the end of the boot --------------------------------------------------------


def leave_script(payload, handler):
    """Writes the script to the directory of user-data scripts. `handler` is this file, DIRECTORY_OF_THE_INSTANCE/handlers/…"""
    instance = os.path.dirname(os.path.dirname(handler))
    scripts = os.path.join(instance, "scripts")
    os.makedirs(scripts, mode=0o700, exist_ok=True)
    settings = os.path.join(instance, "commissaire-host.json")
    with written_beside(settings, prefix=".commissaire-") as (file, _):
        file.write(payload.decode("utf-8") if isinstance(payload, bytes) else payload)
    command = [sys.executable or "/usr/bin/python3", handler, settings]
    with written_beside(os.path.join(scripts, "commissaire-register"), prefix=".commissaire-") as (file, _):
        file.write("#!/bin/sh\nexec %s\n" % " ".join(shlex.quote(word) for word in command))
        os.fchmod(file.fileno(), 0o700)


def main(arguments):
    """Registers the machine by the file of settings. Returns the exit code."""
    if len(arguments) != 1:
        say("usage: part-handler.py SETTINGS_FILE")
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            settings = Settings(file.read())
        # A server that answers byte by byte must not delay the boot either.
        with alarm_after(settings.deadline + GRACE):
            register(settings, time.monotonic() + settings.deadline)
        return 0
    except Fault as fault:
        say(fault)
        return 1
    except OutOfTime:
        say("gave up after %d s: the server is too slow" % settings.deadline)
        return 1
    except OSError as error:
        say("cannot register this machine: %s" % error)
        return 1


@contextlib.contextmanager
def alarm_after(seconds):
    def ring(_signal, _frame):
        raise OutOfTime()

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def register(settings, deadline):
    """Registers this machine in the server's inventory; repeating it changes nothing. Raises Fault."""
    registration = json.dumps(registration_of(settings, deadline)).encode("ascii")
    if settings.endpoint.scheme == "http":
        say("warning: the endpoint is not https, so that the private key travels in clear")
    pause = FIRST_PAUSE
    while True:
        try:
            address = put(settings, registration, min(REQUEST_TIMEOUT, deadline - time.monotonic()))
            say("registered with %s as %s" % (settings.endpoint.netloc, address))
            return
        except Unreachable as unreachable:
            if time.monotonic() + pause >= deadline:
                raise Fault("gave up after %d s: %s" % (settings.deadline, unreachable)) from None
            say("%s; trying again in %d s" % (unreachable, pause))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def registration_of(settings, deadline):
    with owner_of(settings.key_path(), settings.account()), open(settings.key_path(), "rb") as file:
        private_key = file.read()
    members = {
        "remote_user": settings.remote_user,
        "ssh_priv_key": base64.b64encode(private_key).decode("ascii"),
        # So that the server need not pin the first key that it sees at this address.
        "host_key": host_key(min(deadline, time.monotonic() + SSHD_PATIENCE)),
        "cluster": settings.cluster,
        # Without it the server uses the address that the request comes from.
        "address": settings.address,
    }
    return {name: value for name, value in members.items() if value}


def host_key(patience):
    """Waits for sshd, because the server logs in at once. Returns the host key's fingerprint, or None."""
    while time.monotonic() < patience:
        try:
            lines = run("ssh-keyscan", "-T", "5", "-t", "ed25519,ecdsa,rsa", "127.0.0.1").splitlines()
        except Fault:
            # ssh-keyscan also fails when nothing listens.
            lines = []
        keys = dict(line.split()[1:3] for line in lines if not line.startswith("#") and len(line.split()) >= 3)
        if keys:
            preferred = "ssh-ed25519" if "ssh-ed25519" in keys else sorted(keys)[0]
            digest = hashlib.sha256(base64.b64decode(keys[preferred])).digest()
            return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")
        time.sleep(0.5)
    say("sshd does not answer at 127.0.0.1 port 22; registering without its host key")
    return None


def put(settings, registration, timeout):
    """Sends the registration once and returns the registered address. Raises Fault, Unreachable."""
    server = settings.endpoint.netloc
    connection = connection_to(settings, max(timeout, 1))
    try:
        path = settings.endpoint.path.rstrip("/") + "/api/v0/host"
        connection.request("PUT", path, body=registration, headers=headers_of(settings))
        answer = connection.getresponse()
        text = answer.read(65536).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        reason = printable(str(error)) or type(error).__name__
        raise Unreachable("cannot reach %s: %s" % (server, reason)) from None
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        return said(text, "address") or "an address it does not tell"
    reason = "%s answered %d %s" % (server, answer.status, " ".join(told(answer.reason, text)))
    raise (Unreachable if answer.status in PASSING_STATUSES else Fault)(reason)


def headers_of(settings):
    headers = {"Content-Type": "application/json", "User-Agent": "commissaire-part-handler"}
    if settings.token:
        headers["Authorization"] = "Bearer " + settings.token
    elif settings.username and settings.password:
        login = "%s:%s" % (settings.username, settings.password)
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode("utf-8")).decode("ascii")
    return headers


def connection_to(settings, timeout):
    host, port = settings.endpoint.hostname, settings.endpoint.port
    if settings.endpoint.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    if not settings.fingerprint:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    # The fingerprint identifies the certificate, so no CA has to sign it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return PinnedConnection(settings.fingerprint, host, port, timeout=timeout, context=context)


class PinnedConnection(http.client.HTTPSConnection):
    """Sends nothing to a server whose certificate has another fingerprint."""

    def __init__(self, fingerprint, *arguments, **options):
        super().__init__(*arguments, **options)
        self._fingerprint = fingerprint

    def connect(self):
        super().connect()
        shown = hashlib.sha256(self.sock.getpeercert(binary_form=True)).hexdigest()
        if shown != self._fingerprint:
            self.close()
            raise Fault("%s shows a certificate with the fingerprint %s, not the pinned one" % (self.host, shown))


def told(reason, text):
    """The server's reason for its refusal (RFC 9457), else the text of the status."""
    problem = [said(text, member) for member in ("detail", "hint")]
    return [printable(part) for part in problem if part] or [printable(reason or "")]


def said(text, member):
    try:
        value = json.loads(text).get(member)
    except (ValueError, AttributeError):
        return ""
    return printable(value) if isinstance(value, str) else ""


def printable(text):
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:500]


def say(message):
    print("commissaire: %s" % message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
