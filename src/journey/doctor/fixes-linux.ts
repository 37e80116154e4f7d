/** Remedies on a Linux machine of one's own; docs/doctor.md explains each. */
import type { Fix } from "./fixes.ts";

/** Only root may read the counters since the fix of CVE-2020-8694 (Linux 949dd0104c49): fast readings betray secrets. */
const SIDE_CHANNEL =
  "Whoever reads the counters fast can learn secrets of other programs (CVE-2020-8694): add only users whom you trust.";

export const GROUP_AND_UDEV: Fix = {
  title: "Let a group read the CPU's counters, now and after each boot (udev)",
  why: SIDE_CHANNEL,
  lines: [
    "# A group of its own; --force: no error when it is there already.",
    "sudo groupadd --system --force frugal",
    'sudo usermod --append --groups frugal "$USER"',
    "# Whenever the kernel shows a counter, it is handed to the group, read-only.",
    "sudo tee /etc/udev/rules.d/70-frugal-powercap.rules >/dev/null <<'END'",
    'SUBSYSTEM=="powercap", ACTION=="add|change", TEST=="energy_uj", \\',
    '  RUN+="/bin/chgrp frugal /sys%p/energy_uj", \\',
    '  RUN+="/bin/chmod 0440 /sys%p/energy_uj"',
    "END",
    "sudo udevadm control --reload",
    "sudo udevadm trigger --action=change --subsystem-match=powercap",
    "# A new group counts from the next login on; this shell can enter it now:",
    "newgrp frugal",
    "# Then see what it gave:",
    "frugal doctor",
  ],
  undo: [
    "sudo rm /etc/udev/rules.d/70-frugal-powercap.rules",
    "sudo udevadm control --reload",
    "sudo chown root:root /sys/class/powercap/*/energy_uj",
    "sudo chmod 0400 /sys/class/powercap/*/energy_uj",
    "sudo groupdel frugal",
  ],
};

export const SENSORD_UNIT: Fix = {
  title: "Or keep the counters to root, and serve one reading a second (systemd)",
  why: "frugal sensord reads them as root and tells members of the group frugal, too slowly to betray secrets. A root service must not run code that users may change: install frugal for all users first.",
  lines: [
    "sudo npm install --global frugal",
    "# A group of its own; --force: no error when it is there already.",
    "sudo groupadd --system --force frugal",
    'sudo usermod --append --groups frugal "$USER"',
    "# The paths of node and frugal are filled in here, so END is not quoted.",
    "sudo tee /etc/systemd/system/frugal-sensord.service >/dev/null <<END",
    "[Unit]",
    "Description=Energy counters for members of the group frugal",
    "[Service]",
    'ExecStart=$(command -v node) $(readlink -f "$(command -v frugal)") sensord --group frugal',
    "Group=frugal",
    "RuntimeDirectory=frugal",
    "RuntimeDirectoryMode=0755",
    "Restart=on-failure",
    "# It ends by SIGTERM as every command of frugal does: 128 + 15.",
    "SuccessExitStatus=143",
    "# It needs its socket and the counters, and no right beyond.",
    "CapabilityBoundingSet=",
    "NoNewPrivileges=yes",
    "PrivateNetwork=yes",
    "RestrictAddressFamilies=AF_UNIX",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    "PrivateTmp=yes",
    "[Install]",
    "WantedBy=multi-user.target",
    "END",
    "sudo systemctl daemon-reload",
    "sudo systemctl enable --now frugal-sensord",
    "# A new group counts from the next login on; this shell can enter it now:",
    "newgrp frugal",
    "frugal doctor",
  ],
  undo: [
    "sudo systemctl disable --now frugal-sensord",
    "sudo rm /etc/systemd/system/frugal-sensord.service",
    "sudo systemctl daemon-reload",
    "sudo groupdel frugal",
  ],
};

export const TMPFILES: Fix = {
  title: "The same by systemd-tmpfiles, where udev rules are managed elsewhere",
  why: "Runs once at each boot: a driver that is loaded later is missed. Make the group first, as above.",
  lines: [
    "# z: set mode, user and group of what is there (tmpfiles.d(5)).",
    "echo 'z /sys/class/powercap/*/energy_uj 0440 root frugal - -' |",
    "  sudo tee /etc/tmpfiles.d/frugal-powercap.conf >/dev/null",
    "sudo systemd-tmpfiles --create /etc/tmpfiles.d/frugal-powercap.conf",
  ],
  undo: [
    "sudo rm /etc/tmpfiles.d/frugal-powercap.conf",
    "sudo chown root:root /sys/class/powercap/*/energy_uj",
    "sudo chmod 0400 /sys/class/powercap/*/energy_uj",
  ],
};

export const BARE_METAL_MODULE: Fix = {
  title: "Load the driver of the CPU's counters",
  why: "Intel since Sandy Bridge, AMD since Zen (Linux 5.8); other CPUs have none. Afterwards run frugal doctor --fix again: who may read them comes next.",
  lines: [
    "sudo modprobe intel_rapl_msr   # AMD's counters come by this name, too",
    "# And at each boot:",
    "echo intel_rapl_msr | sudo tee /etc/modules-load.d/frugal.conf >/dev/null",
  ],
  undo: ["sudo rm /etc/modules-load.d/frugal.conf", "sudo modprobe --remove intel_rapl_msr"],
};
