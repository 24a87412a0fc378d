// Holds WebSockets open from within the cluster and sends a message over each again and again, until all are closed or its input ends.
// Each line of its output is how it stands.
const REPORT_MS = 100;
const MESSAGE_MS = 50;

const { url, count } = JSON.parse(process.argv[2]);
const report = { open: 0, echoes: 0, closed: [] };
const sockets = Array.from({ length: count }, hold);

const reports = setInterval(() => {
  print();
  if (report.closed.length === count) end();
}, REPORT_MS);
process.stdin.resume().on('end', end);

function hold() {
  const socket = new WebSocket(url);
  let answeredMs = performance.now();
  socket.onopen = () => {
    report.open++;
    const messages = setInterval(() => socket.send('still there?'), MESSAGE_MS);
    socket.onclose = ({ code }) => {
      clearInterval(messages);
      report.open--;
      report.closed.push({ code, silentMs: performance.now() - answeredMs });
    };
  };
  socket.onmessage = () => {
    answeredMs = performance.now();
    report.echoes++;
  };
  return socket;
}

function end() {
  clearInterval(reports);
  process.stdin.destroy();
  for (const socket of sockets) socket.close();
}

function print() {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
