"""Measures one commit: python3 run.py BUNDLE OUT [--trial]

BUNDLE holds plan.json, interpreters.json and the efficiency test; the harness is the folder of this file. OUT gets
runs.jsonl (one line a process, on disk before the next one starts) and fingerprint.json. Started again, it goes on at
the next pair. Standard output is for people: one line a pair. `--trial` stops after one process a side.

Exit codes: 0 when there is nothing more to measure, whatever was found; 3 when this machine cannot measure the bundle
(one line on standard error: `<error code>: <message>`); 128 + signal when it was asked to stop.
"""

import json
import os
import secrets
import sys
import tempfile
import time

import rule
from container import docker, find_program, remove_container
from device import Refused, devices_for, fingerprint
from files import append_durably, digest_of, harness_digest, read_json, read_runs, say, set_aside, write_durably
from host import CpuWatch, spin
from lease import Lease, lock_file
from process import Interrupted, Processes
from progress import after_pair
from result import EMPTY, failed, result_of
from sandbox import PATHS, SCRATCH_BYTES, bubblewrap, environment_of, folders_of, fresh_folder, size_of
from telemetry import DeviceWatch, NoDevice

SIDES = {"A": "base", "B": "head"}
HARNESS = os.path.dirname(os.path.abspath(__file__))


def main(arguments):
    trial = "--trial" in arguments
    bundle, out = [os.path.abspath(path) for path in arguments if path != "--trial"]
    try:
        if sys.version_info < (3, 9):
            raise Refused("prerequisite-missing", "the harness needs Python 3.9 or newer: %s" % sys.version.split()[0])
        session = Session(bundle, out, Processes())
        if trial:
            session.trial()
        else:
            session.measure()
        return 0
    except Refused as refused:
        print("%s: %s" % (refused.kind, refused), file=sys.stderr)
        return 3
    except Interrupted as interrupted:
        return interrupted.code


class Session:
    def __init__(self, bundle, out, processes):
        self.bundle, self.out, self.processes = bundle, out, processes
        self.plan, self.plan_sha256 = read_plan(bundle)
        self.interpreters = read_json(os.path.join(bundle, "interpreters.json"))
        self.sandbox = "none" if self.interpreters.get("unsandboxed") else self.plan["sandbox"]
        self.kind, _, self.image = self.sandbox.partition(":")
        self.program = find_program(self.kind)
        os.makedirs(out, exist_ok=True)
        self.lease = Lease(devices_for(self.plan["accelerator"]), processes.wait, say)
        self.watch = NoDevice() if self.lease.device["gpu"] is None else DeviceWatch(self.lease.device["gpu"])
        self.spun = None
        self.lock = self._lock_out()
        self.runs = self._earlier_runs(fingerprint(self.lease.device))
        self.caches = {side: fresh_folder(self._work(side, "cache")) for side in SIDES.values()}

    def trial(self):
        for side in SIDES.values():
            if not self._covered(side):
                self._run("coverage", side)

    def measure(self):
        self.spun = spin()
        for purpose in ("coverage", "burn-in"):
            for side in SIDES.values():
                if self._stop() is None and not (purpose == "coverage" and self._covered(side)):
                    self._run(purpose, side)
        while self._stop() is None:
            pair = len(rule.complete_pairs(self.runs))
            self.spun = spin() if pair % 2 == 0 else None
            for letter in order_of(self.plan, pair):
                if not self._failed():
                    self._run("pair", SIDES[letter], pair)
            say(after_pair(self.plan, self.runs))
        say("finished: %s" % self._stop())

    def _stop(self):
        return rule.stop(self.plan, self.runs)

    def _failed(self):
        return any(run["result"] != "ok" for run in self.runs)

    def _covered(self, side):
        return any(run["purpose"] == "coverage" and run["side"] == side for run in self.runs)

    def _work(self, side, *names):
        return os.path.join(self.lease.folder, "work", side, *names)

    def _lock_out(self):
        while True:
            lock = lock_file(os.path.join(self.out, "lock"))
            if lock is not None:
                return lock
            self.processes.wait(0.2)

    def _earlier_runs(self, machine):
        """The runs of an earlier session to go on from. Those of another plan or machine, and those that ended in a
        failure, are set aside: they are never pooled, and a failure may have been the machine's."""
        path, machine_path = os.path.join(self.out, "runs.jsonl"), os.path.join(self.out, "fingerprint.json")
        runs = read_runs(path)
        same = bool(runs) and os.path.exists(machine_path) and read_json(machine_path) == machine
        known = self._known()
        if not same or any(run["result"] != "ok" or any(run[name] != known[name] for name in known) for run in runs):
            set_aside(path)
            runs = []
        write_durably(machine_path, json.dumps(machine, sort_keys=True, indent=2) + "\n")
        return runs

    def _known(self):
        """What every run of this session says of how it was run."""
        installed_sha256 = self.interpreters.get("installed_sha256")
        return {"plan_sha256": self.plan_sha256, "sandbox": self.sandbox, "installed_sha256": installed_sha256}

    def _run(self, purpose, side, pair=None):
        self.processes.check()
        nonce = secrets.token_hex(16)
        functions = [[f["module"], f["name"]] for f in self.plan["functions"] if side in f["sides"]]
        request = {"nonce": nonce, "purpose": purpose, "timing": self.plan["timing"], "functions": functions}
        started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(request).encode() + b"\n")
            file.seek(0)
            command, environment, folder = self._command(side)
            limits = self.plan["timeout_seconds"], self.plan["memory_bytes"]
            cpu, watch = CpuWatch(), self.watch.start()
            try:
                ended = self.processes.run(command, environment, folder, file, *limits, watch.sample)
            finally:
                if self.kind == "docker":
                    remove_container(self.program, self._container(side))
            seen = dict(watch.stop(), host=dict(cpu.stop(), spin=self.spun))
        self.spun = None
        run = dict(
            self._without_flood(side, result_of(ended, nonce)),
            **seen,
            **self._known(),
            schema_version=1,
            nonce=nonce,
            index=len(self.runs),
            purpose=purpose,
            pair=pair,
            side=side,
            started_at=started_at,
        )
        if run["result"] != "ok" and run.get("excluded") == "foreign-process":
            raise Refused("device-busy", "another program came onto the device and the test failed: %s" % run["message"])
        append_durably(os.path.join(self.out, "runs.jsonl"), json.dumps(run, sort_keys=True, allow_nan=False) + "\n")
        self.runs.append(run)

    def _without_flood(self, side, result):
        """The result, unless what the process left in the cache of its side is more than a cache holds."""
        if self.kind == "none" or size_of(self.caches[side]) <= SCRATCH_BYTES:
            return result
        fresh_folder(self.caches[side])
        return failed(dict(result, **EMPTY), "contract-violated", "left more than %d bytes in its cache" % SCRATCH_BYTES, None)

    def _command(self, side):
        """Command, environment and folder of a process: nothing in the folder, which is also its home."""
        python = self.interpreters[side]
        script, measure = os.path.join(self.bundle, self.plan["script"]), os.path.join(HARNESS, "measure.py")
        command = [python, "-s", "-B", measure, script]
        home, device = fresh_folder(self._work(side, "home")), self.lease.device
        host = self.interpreters.get("variables", {})
        if self.kind == "none":
            return command, environment_of(python, home, self.caches[side], device, host), home
        read_only = folders_of(python) + self.interpreters["read_only"] + [os.path.dirname(measure), script]
        variables = environment_of(python, "/tmp", "/cache", device, host)
        work, cache = self._work(side), self.caches[side]
        if self.kind == "docker":
            limits = [self._container(side), self.plan["memory_bytes"], device["uuid"]]
            return docker(self.program, self.image, command, variables, read_only, cache, *limits), {"PATH": PATHS}, work
        return bubblewrap(self.program, command, variables, read_only, cache, work, device), {}, work

    def _container(self, side):
        return "isobench-%d-%s" % (os.getpid(), side)


def order_of(plan, pair):
    block = plan["blocks"][pair // 2]
    return block[:2] if pair % 2 == 0 else block[2:]


def read_plan(bundle):
    """The plan and its digest, after a check that the bundle is what the plan says."""
    path = os.path.join(bundle, "plan.json")
    plan = read_json(path)
    if digest_of(os.path.join(bundle, plan["script"])) != plan["script_sha256"]:
        raise Refused("corrupt-artifact", "script differs from the plan: %s" % plan["script"])
    if harness_digest(HARNESS) != plan["harness_sha256"]:
        raise Refused("corrupt-artifact", "harness differs from the plan: %s" % HARNESS)
    return plan, digest_of(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
