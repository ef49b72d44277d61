#!/usr/bin/env bash
# Makes the sandbox usable on a hosted Ubuntu runner, which has no bubblewrap and forbids user namespaces.
set -euo pipefail
sudo apt-get -qq update
sudo DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends bubblewrap
sudo sysctl --quiet --write kernel.apparmor_restrict_unprivileged_userns=0
