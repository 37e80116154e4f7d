/** Remedies for containers: what their start needs. They are text for the host; docs/doctor.md explains each. */
import type { Fix } from "./fixes.ts";

interface Wanted {
  readonly cpu: boolean;
  readonly gpu: boolean;
}

/**
 * Container engines hide /sys/devices/virtual/powercap (CVE-2020-8694), and the links of /sys/class/powercap with it. So
 * the host's folder is mounted where the links would be, which nothing hides.
 */
const COUNTERS = "/sys/devices/virtual/powercap/intel-rapl";
const TARGET = "/sys/class/powercap";
const AS_ROOT =
  "The counters stay readable by root only: run as root inside, or let a group read them on the host (frugal doctor --fix there) and join it by number.";

export function containerFixes(engine: string, wanted: Wanted): readonly Fix[] {
  if (engine === "kubernetes") return kubernetes(wanted);
  const command = engine === "podman" ? "podman" : "docker";
  const fixes: Fix[] = [];
  if (wanted.cpu)
    fixes.push({
      title: `Show the CPU's counters to the container (${command})`,
      why: AS_ROOT,
      lines: [
        `# On the host; :ro keeps it read-only.`,
        `${command} run --volume ${COUNTERS}:${TARGET}:ro \\`,
        '  --group-add "$(getent group frugal | cut -d: -f3)" IMAGE …',
        "# Or, where the host runs frugal sensord:",
        `${command} run --volume /run/frugal:/run/frugal:ro \\`,
        '  --group-add "$(getent group frugal | cut -d: -f3)" IMAGE …',
      ],
      undo: ["# Start it without --volume and --group-add: nothing else was changed."],
    });
  if (wanted.gpu)
    fixes.push({
      title: `Show NVIDIA GPUs to the container (${command})`,
      why: "Needs the NVIDIA container toolkit on the host; `utility` brings the library that tells energy.",
      lines: [
        "# On the host:",
        command === "podman"
          ? "podman run --device nvidia.com/gpu=all IMAGE …   # CDI; nvidia-ctk cdi generate makes the list"
          : "docker run --gpus all --env NVIDIA_DRIVER_CAPABILITIES=compute,utility IMAGE …",
      ],
      undo: ["# Start it without these options: nothing else was changed."],
    });
  return fixes;
}

function kubernetes({ cpu, gpu }: Wanted): readonly Fix[] {
  if (!cpu && !gpu) return [];
  return [
    {
      title: "Show counters to the pod (kubernetes)",
      why: AS_ROOT,
      lines: [
        "# In the pod's spec:",
        "containers:",
        "  - name: work",
        ...(cpu
          ? [
              "    securityContext: { runAsUser: 0 }",
              `    volumeMounts: [{ name: powercap, mountPath: ${TARGET}, readOnly: true }]`,
            ]
          : []),
        ...(gpu
          ? [
              "    resources: { limits: { nvidia.com/gpu: 1 } }   # by NVIDIA's device plugin",
              '    env: [{ name: NVIDIA_DRIVER_CAPABILITIES, value: "compute,utility" }]',
            ]
          : []),
        ...(cpu
          ? ["volumes:", `  - { name: powercap, hostPath: { path: ${COUNTERS}, type: Directory } }`]
          : []),
      ],
      undo: ["# Remove these lines from the spec, and apply it again."],
    },
  ];
}
