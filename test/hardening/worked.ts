/** How long this process has worked since `begun`, in ms: what other processes do on a busy machine does not count. */
export function workedMs(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}
