/** What Linux says of its UDP sockets in `/proc/net/udp` and `/proc/net/udp6`: a line each, the drops in the last column. */

/** Of the sockets on this port; null where there is none. `sl  local_address rem_address … drops`, the address as `0100007F:2912`. */
export function kernelDropsIn(table: string, port: number): number | null {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  let drops: number | null = null;
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.split(':')[1] === wanted) drops = (drops ?? 0) + Number(columns.at(-1));
  }
  return drops;
}
