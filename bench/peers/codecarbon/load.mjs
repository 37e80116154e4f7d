// One busy thread for the CPU seconds that are asked for: the same work, however crowded the machine is.
const seconds = Number(process.argv[2]);
const cpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const began = performance.now();
const fromS = cpuS();
let sum = 0;
while (cpuS() - fromS < seconds) for (let at = 0; at < 1e6; at++) sum += Math.sqrt(at);
if (!(sum > 0)) throw new Error("nothing was computed");
console.log(JSON.stringify({ load_cpu_s: cpuS(), load_wall_s: (performance.now() - began) / 1_000 }));
