// Kills all processes of containers, by SIGKILL, from a pod that sees those of its node: `kill.mjs CONTAINER_ID…`. Ends once none is left.
import { readdirSync, readFileSync } from 'node:fs';

const ids = process.argv.slice(2);
let killed = 0;

for (let found = findProcesses(); found.length > 0; found = findProcesses()) {
  for (const pid of found) kill(pid);
}
if (killed === 0) throw new Error(`no process is of ${ids.join(', ')}`);

/** Processes that have not ended, by the names of their control groups, which have the container's in them. */
function findProcesses() {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.filter(pid => ids.some(id => read(pid, 'cgroup').includes(id)) && !/^State:\s+[ZX]/m.test(read(pid, 'status')));
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

function kill(pid) {
  try {
    process.kill(Number(pid), 'SIGKILL');
    killed++;
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
