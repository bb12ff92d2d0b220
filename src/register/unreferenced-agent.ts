import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Makes an agent whose sockets never keep the process alive, neither while connecting nor when used again. */
export function unreferenced<A extends Agent>(agent: A): A {
  const connect = agent.createConnection;
  agent.createConnection = function (this: A, ...args: Parameters<A['createConnection']>) {
    const socket = connect.apply(this, args) as Socket | null | undefined;
    socket?.unref();
    // each address that is tried gets a handle of its own, referenced again (since Node 20.12)
    socket?.on('connectionAttempt', () => socket.unref());
    return socket;
  } as A['createConnection'];
  const reuse = agent.reuseSocket;
  agent.reuseSocket = function (this: A, socket: Duplex, request: ClientRequest) {
    reuse.call(this, socket, request);
    (socket as Socket).unref();
  };
  return agent;
}
