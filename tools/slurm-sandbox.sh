#!/bin/bash
# A real Slurm cluster on one machine, for tests: every node has two GPUs that are none. Debian packages: slurm-wlm munge.
#
#   tools/slurm-sandbox.sh up DIR [NODES] [limit-memory]
#                                               starts it (3 nodes: n1 n2 n3) and prints SLURM_CONF=...; anybody may.
#                                               With limit-memory, a task that takes more than it asked for is ended
#   tools/slurm-sandbox.sh down DIR             ends it with all that runs on it, and removes DIR
#   tools/slurm-sandbox.sh lose DIR NODE        the node loses its power
#   tools/slurm-sandbox.sh return DIR NODE      and comes back
#   tools/slurm-sandbox.sh kill-controller DIR  kill -9 of slurmctld
#   tools/slurm-sandbox.sh start-controller DIR
#
# Several can run at once: each has its folder, its free ports and its own munge. No systemd, no root, no mknod.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

verb=${1:?up, down, lose, return, kill-controller or start-controller}
folder=$(realpath -m "${2:?a folder}")
export SLURM_CONF=$folder/etc/slurm.conf
mark=ISOBENCH_SLURM_SANDBOX=$folder: # and its part (munge, controller, a node) is in the environment of each daemon

up() {
  local nodes=$1 limit=$2
  for _ in 1 2 3; do # a port that was free may be taken when its daemon starts
    if configure "$nodes" "$limit" && start "$nodes"; then echo "SLURM_CONF=$SLURM_CONF"; return; fi
    tail -n 20 "$folder"/log/* >&2 || true
    end && rm -rf "$folder"
  done
  echo "error: Slurm did not start: $folder" >&2
  return 1
}

configure() {
  local nodes=$1 limit=$2 gather=none ports node gpu partition
  if [ -e "$folder" ]; then echo "error: there is something already: $folder" >&2; exit 1; fi
  if [ -n "$limit" ]; then gather=$'linux\nJobAcctGatherFrequency=task=1\nJobAcctGatherParams=OverMemoryKill'; fi
  mkdir -p "$folder"/{etc,log,controller,pid,munge,spool}
  chmod 755 "$folder" "$folder/munge"
  (umask 077; head -c 1024 /dev/urandom > "$folder/munge/key")
  read -ra ports <<< "$(free_ports $((nodes + 1)))"
  cat > "$SLURM_CONF" <<CONF
ClusterName=isobench
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/controller
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/pid/slurmctld
SlurmdPidFile=$folder/pid/%n
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/$gather
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
SlurmdTimeout=6
KillWait=3
MinJobAge=3600
JobRequeue=1
AccountingStorageType=accounting_storage/none
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
CONF
  for ((node = 1; node <= nodes; node++)); do
    mkdir -p "$folder/devices/n$node"
    for gpu in 0 1; do # Slurm wants a character device whose name ends in a number, and follows links
      ln -s /dev/null "$folder/devices/n$node/nvidia$gpu"
      echo "NodeName=n$node Name=gpu Type=h100 File=$folder/devices/n$node/nvidia$gpu" >> "$folder/etc/gres.conf"
    done
    echo "NodeName=n$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[$node]} CPUs=2 RealMemory=4000 \
Gres=gpu:h100:2 Feature=h100 State=UNKNOWN" >> "$SLURM_CONF"
  done
  # `urgent` takes nodes away: from `gpu` to be started again, from `spot` for good.
  for partition in "gpu Default=YES PriorityTier=1" "spot PriorityTier=1 PreemptMode=CANCEL" "urgent PriorityTier=2"; do
    echo "PartitionName=$partition Nodes=ALL MaxTime=INFINITE State=UP" >> "$SLURM_CONF"
  done
}

# Below the range that the kernel gives to outgoing connections.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    candidate = socket.socket()
    try:
        candidate.bind(("0.0.0.0", random.randint(20000, 32000)))
        held.append(candidate)
    except OSError:
        candidate.close()
print(*(each.getsockname()[1] for each in held))
PYTHON
}

start() {
  local nodes=$1 node
  # Forced, as it may stand in a folder that is ours alone: then nobody else can use it, and nobody else shall.
  quietly munge munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/log/munged" --seed-file="$folder/munge/seed" || return 1
  start_controller || return 1
  for ((node = 1; node <= nodes; node++)); do start_node "n$node" || return 1; done
  for _ in $(seq 300); do
    if [ "$(sinfo -h -N -p gpu -o %T 2> "$folder/log/sinfo" | grep -c '^idle$')" = "$nodes" ]; then return; fi
    sleep 0.1
  done
  return 1
}

start_controller() {
  quietly controller slurmctld
}

start_node() {
  quietly "$1" slurmd -N "$1"
}

# Starts a daemon of a part of the cluster. It keeps none of our files open: who called us may wait for their end.
quietly() {
  env "$mark$1" "${@:2}" < /dev/null >> "$folder/log/start" 2>&1
}

# Ends everything with these names, or all of the cluster, and waits until it is gone.
end() {
  local pids
  for _ in $(seq 200); do # a process may start another one while we look
    pids=$(processes "$@")
    if [ -z "$pids" ]; then return; fi
    # Stopped first, so that nobody can tell of the death of another.
    # shellcheck disable=SC2086
    { kill -STOP $pids; kill -9 $pids; } 2> /dev/null || true
    sleep 0.05
  done
  echo "error: still there: $pids" >&2
  return 1
}

# The processes of the cluster, or of one part of it: daemons by their mark, jobs by what Slurm tells them, and whatever
# those have started.
processes() {
  python3 - "$mark" "SLURM_CONF=$SLURM_CONF" "$@" <<'PYTHON'
import glob, re, sys

mark, configuration, *parts = sys.argv[1:]
wanted = [mark + part for part in parts]
nodes = ["SLURMD_NODENAME=" + part for part in parts]
parents, found = {}, set()
for folder in glob.glob("/proc/[0-9]*"):
    try:
        environment = open(folder + "/environ", errors="replace").read().split("\0")
        state, parent = re.search(r".*\) (\S) (\d+)", open(folder + "/stat").read()).groups()
    except OSError:
        continue
    if state in "ZX":
        continue
    pid = int(folder.rpartition("/")[2])
    parents[pid] = int(parent)
    daemon = [each for each in environment if each.startswith(mark)]
    job = [each for each in environment if each.startswith("SLURMD_NODENAME=")] if configuration in environment else []
    if (daemon or job) and (not parts or set(daemon + job) & set(wanted + nodes)):
        found.add(pid)
while True:
    more = {pid for pid, parent in parents.items() if parent in found} - found
    if not more:
        break
    found |= more
print(*sorted(found))
PYTHON
}

case $verb in
  up) up "${3:-3}" "${4:-}" ;;
  down) end && rm -rf "$folder" ;;
  lose) end "${3:?a node}" ;;
  return) start_node "${3:?a node}" ;;
  kill-controller) end controller ;;
  start-controller) start_controller ;;
  *) echo "error: no such verb: $verb" >&2; exit 2 ;;
esac
