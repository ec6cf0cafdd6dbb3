// Loaded into every Node process of a story: writes down each connection that leaves this machine, and each name looked up.
import dns from 'node:dns';
import fs from 'node:fs';
import net from 'node:net';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost', undefined, '']);

function note(what) {
  fs.appendFileSync(process.env.CBAS_TEST_TRAP, `${process.pid} ${process.argv.join(' ')}: ${what}\n`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const target = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
  if (target.path === undefined && !LOOPBACK.has(target.host)) note(`connects to ${target.host}:${target.port}`);
  return connect.apply(this, args);
};

const lookup = dns.lookup;
dns.lookup = function (name, ...rest) {
  if (!LOOPBACK.has(name) && net.isIP(name) === 0) note(`looks ${name} up`);
  return lookup.call(this, name, ...rest);
};
