"""The command line and environment of one child: what it may see, where it may write."""

import os
import shutil

PATHS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
SCRATCH_BYTES = 4 << 30
SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/sbin")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/certs", "/etc/localtime")
NVIDIA_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset")


def environment_of(python, home, cache, device, host={}):
    """Exactly the variables of a child. Both sides get the same, but for the two folders, which are of equal length.
    `host` are variables of a machine that lends its packages; its search path comes after ours."""
    device = device or {"libraries": None, "uuid": None}
    libraries = {} if device["libraries"] is None else {"LD_LIBRARY_PATH": device["libraries"]}
    paths = [os.path.dirname(python), PATHS] + [host[name] for name in ("PATH",) if name in host]
    return {
        **libraries,
        **host,
        "PATH": ":".join(paths),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HOME": cache + "/huggingface",
        "XDG_CACHE_HOME": cache,
        "TRITON_CACHE_DIR": cache + "/triton",
        "TORCHINDUCTOR_CACHE_DIR": cache + "/inductor",
        "CUDA_CACHE_PATH": cache + "/cuda",
        "VLLM_CACHE_ROOT": cache + "/vllm",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_NO_USAGE_STATS": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": device["uuid"] or "",
    }


def bubblewrap(program, command, variables, read_only, cache, work, device):
    """`command` in bubblewrap: no network, no other processes, nothing to write but a scratch folder and `cache`.

    Start it with an empty environment: bubblewrap's own is readable inside. Everything keeps its path on the host,
    because a Python that was moved loads the libraries of another.
    """
    arguments = [program, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    arguments += ["--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop", "ALL"]
    arguments += ["--ro-bind", "/usr", "/usr"]
    for folder in SYSTEM_FOLDERS:
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder), folder]
        elif os.path.isdir(folder):
            arguments += ["--ro-bind", folder, folder]
    for path in SYSTEM_FILES:
        arguments += ["--ro-bind-try", path, path]
    arguments += ["--proc", "/proc"] + kernel_read_only() + ["--dev", "/dev"]
    if device["minor"] is not None:
        for path in ("/dev/nvidia%d" % device["minor"],) + NVIDIA_DEVICES:
            arguments += ["--dev-bind-try", path, path]
    if device["libraries"] is not None and not is_in_usr(device["libraries"]):
        arguments += ["--ro-bind", device["libraries"], device["libraries"]]
    arguments += ["--size", str(SCRATCH_BYTES), "--tmpfs", "/dev/shm", "--size", str(SCRATCH_BYTES), "--tmpfs", "/tmp"]
    for path in read_only:
        arguments += ["--ro-bind", path, path]
    arguments += ["--ro-bind", write_file(work, "passwd", "nobody:x:65534:65534::/tmp:/bin/sh\n"), "/etc/passwd"]
    arguments += ["--ro-bind", write_file(work, "hosts", "127.0.0.1 localhost\n::1 localhost\n"), "/etc/hosts"]
    arguments += ["--bind", cache, "/cache", "--remount-ro", "/", "--chdir", "/tmp"]
    for name, value in sorted(variables.items()):
        arguments += ["--setenv", name, value]
    return arguments + ["--"] + command


def kernel_read_only(proc="/proc"):
    """Takes away what of /proc is not about processes. Started by root, the sandboxed process is root to the kernel, if
    without any capability: it owns `/proc/sys` and `/proc/sysrq-trigger`, and could open them for writing."""
    arguments = []
    for name in sorted(os.listdir(proc)):
        path = os.path.join(proc, name)
        if name.isdigit() or os.path.islink(path) or not os.path.exists(path):
            continue
        mode = os.stat(path).st_mode
        if not os.path.isdir(path) and mode & 0o044 == 0:
            arguments += ["--ro-bind", "/dev/null", path]
        elif os.path.isdir(path) or mode & 0o222:
            arguments += ["--ro-bind", path, path]
    return arguments


def write_file(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(content)
    return path


def folders_of(python):
    """The folders that an interpreter needs: its virtual environment and the Python that this is made from."""
    environment = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    homes = [os.path.dirname(os.path.realpath(python))]
    configuration = os.path.join(environment, "pyvenv.cfg")
    if os.path.exists(configuration):
        with open(configuration, encoding="utf-8") as file:
            homes.append(read_settings(file)["home"])
    found = [environment]
    for home in homes:
        found += [os.path.dirname(os.path.abspath(home)), os.path.dirname(os.path.realpath(home))]
    return [path for path in unique(found) if not is_in_usr(path) and path != "/"]


def is_in_usr(path):
    """Whether every sandbox shows it anyway."""
    return (path + "/").startswith("/usr/")


def read_settings(lines):
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def unique(items):
    return list(dict.fromkeys(items))


def size_of(folder):
    """Bytes of the files in a folder; nothing is followed out of it."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
            except OSError:
                continue
    return total


def fresh_folder(path):
    """An empty folder at `path`, whatever was there."""
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, mode=0o700)
    return path
