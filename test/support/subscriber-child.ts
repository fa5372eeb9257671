// A subscriber in a process of its own: connects to argv[2], writes `ready` after its first message, then counts until
// its parent stops or kills it.

import { Subscriber } from 'zeromq';

const socket = new Subscriber({ receiveHighWaterMark: 10, linger: 0 });
socket.connect(process.argv[2]!);
socket.subscribe();
let received = 0;
for await (const _ of socket) {
  if (received++ === 0) process.stdout.write('ready\n');
}
