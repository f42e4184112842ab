// Forty clients of the article's site, and what becomes of them when one of its servers is killed.
// Usage: node clients.js URL PID-OF-SERVER-1 PID-OF-SERVER-2 PID-OF-SERVER-3; prints one line of JSON.
'use strict';

const { io } = require('socket.io-client');

const [url, ...pids] = process.argv.slice(2);
const COUNT = 40;
const ASKED = 3;
const KILLED = 2;

// Resolves once `what` holds; whatever a client notices makes it look again.
const watchers = new Set();
const noticed = () => watchers.forEach((look) => look());
const until = (what) =>
  new Promise((resolve) => {
    const look = () => {
      if (!what()) return;
      watchers.delete(look);
      resolve();
    };
    watchers.add(look);
    look();
  });

class Client {
  constructor(kind) {
    this.kind = kind;
    this.transports = kind === 'polling' ? ['polling', 'websocket'] : ['websocket'];
    this.disconnects = 0;
    this.servers = [];
    this.socket = io(url, {
      transports: this.transports,
      withCredentials: true,
      forceNew: true,
      reconnectionDelay: 200,
      reconnectionDelayMax: 400,
    });
    this.socket.on('announcements', (data) => {
      this.servers.push(data.message.split(' ').pop());
      noticed();
    });
    this.socket.on('disconnect', () => {
      this.disconnects += 1;
      noticed();
    });
    this.socket.on('connect', () => {
      this.socket.io.engine.on('upgrade', noticed);
      noticed();
    });
  }

  get server() {
    return this.servers[this.servers.length - 1];
  }

  // Connected, told by a server so, and on a websocket.
  get settled() {
    const engine = this.socket.io.engine;
    return this.socket.connected && this.servers.length > this.disconnects && engine.transport.name === 'websocket';
  }

  // The same server answers each time.
  async sticks() {
    for (let n = 0; n < ASKED; n += 1) {
      const answer = await this.socket.timeout(5000).emitWithAck('event', { message: `${n}` });
      if (answer.server !== this.server || answer.message !== `${n}`) return false;
    }
    return true;
  }
}

const tally = (clients) => {
  const counts = {};
  clients.forEach((client) => (counts[client.server] = (counts[client.server] || 0) + 1));
  return counts;
};

const sticking = async (clients) => (await Promise.all(clients.map((client) => client.sticks()))).filter(Boolean).length;

async function main() {
  const clients = [];
  for (let n = 0; n < COUNT; n += 1) {
    const client = new Client(n % 2 ? 'websocket' : 'polling');
    clients.push(client);
    await until(() => client.settled);
  }
  const report = { spread: tally(clients), stuck: await sticking(clients) };
  report.early = clients.reduce((sum, client) => sum + client.disconnects, 0);

  const victim = `s${KILLED}`;
  const hit = clients.filter((client) => client.server === victim);
  const others = clients.filter((client) => client.server !== victim);
  process.kill(Number(pids[KILLED - 1]), 'SIGKILL');
  await until(() => hit.every((client) => client.disconnects > 0 && client.settled));
  report.hit = hit.length;
  report.moved = hit.filter((client) => client.server !== victim).length;
  report.stuckAgain = await sticking(hit);
  report.others = others.length;
  report.undisturbed = others.filter((client) => client.disconnects === 0).length;
  report.othersStuck = await sticking(others);
  report.after = tally(clients);
  console.log(JSON.stringify(report));
  clients.forEach((client) => client.socket.close());
}

const limit = setTimeout(() => {
  console.error('not done in 60 seconds');
  process.exit(1);
}, 60000);
main().finally(() => clearTimeout(limit));
