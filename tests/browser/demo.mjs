// Starts `whereabouts demo`, reads the addresses and the login from the lines that it prints, and ends it as an operator would.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const READY_MS = 10_000, END_MS = 10_000, MEMORY_MIB = 256;

/**
 * @typedef {{ tracking: string, desk: string, outbox: string, docs: string }} Addresses
 * @typedef {{ email: string, password: string }} Login
 * @typedef {{ addresses: Addresses, login: Login | null, key: string | null, memory: () => number, end: () => Promise<string | null> }} Demo
 */

/** @returns {Promise<number>} */
const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    server.close(() => resolve(port));
  });
});

/**
 * @param {string} binary
 * @returns {Promise<Demo>}
 */
export async function start(binary) {
  const child = spawn(binary, ['demo', '--listen', `127.0.0.1:${await freePort()}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const stop = () => { child.kill('SIGKILL'); process.exit(1); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', text => { printed += text; });
  const until = Date.now() + READY_MS;
  while (!complete(printed)) {
    if (Date.now() > until || child.exitCode !== null) {
      child.kill('SIGKILL');
      throw new Error(`demo did not print its addresses within ${READY_MS / 1000} s; it printed:\n${printed}`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  // The logins stand beside the addresses, perhaps on later lines.
  await new Promise(resolve => setTimeout(resolve, 300));
  return {
    addresses: addresses(printed),
    login: login(printed),
    key: /\bkey (\S+)/.exec(printed)?.[1] ?? null,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    end: async () => {
      child.kill('SIGTERM');
      const late = new Promise(resolve => setTimeout(resolve, END_MS, 'late').unref());
      const how = await Promise.race([ended, late]);
      child.kill('SIGKILL');
      return how === 0 ? null : `demo did not end with exit 0 within ${END_MS / 1000} s of SIGTERM: ${how}`;
    },
  };
}

export { MEMORY_MIB };

/** @param {string} printed @param {RegExp} word */
function address(printed, word) {
  const line = printed.split('\n').find(l => word.test(l) && /https?:\/\//.test(l));
  return /https?:\/\/[^\s,)]+/.exec(line ?? '')?.[0] ?? '';
}

/** @param {string} printed @returns {Addresses} */
function addresses(printed) {
  return {
    tracking: address(printed, /track/i),
    desk: address(printed, /desk/i),
    outbox: address(printed, /outbox/i),
    docs: address(printed, /docs/i),
  };
}

/** @param {string} printed */
const complete = printed => printed.endsWith('\n') && Object.values(addresses(printed)).every(a => a !== '');

/** `somebody@example.test` and the word after it: `… / secret`, `… password secret`. @param {string} printed @returns {Login | null} */
function login(printed) {
  const found = /([^\s/(:]+@[^\s/),]+)[\s,/:]+(?:(?:password|with|pw)[\s:=]*)*(\S+)/i.exec(printed);
  const [, email, password] = found ?? [];
  return email && password ? { email, password: password.replace(/[),.]$/, '') } : null;
}
