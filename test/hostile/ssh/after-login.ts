import type { Peer } from '../../support/faulty-peer.ts';
import { acceptCommands, finish, hostilePeer, type Send } from './hostile-peer.ts';
import { controls, manyControls, message, payload, text, uint32 } from './packets.ts';

const longText = 30_000;

/** Some hundred of the same, more than any honest server sends. */
function many(send: Send, bytes: Buffer, count = 500): void {
  for (let sent = 0; sent < count; sent += 1) send(bytes);
}

/** More than is kept of what one machine prints. */
const mostOutput = 128 * 1024 * 1024;

/** Prints that much, as fast as it is taken, and never comes to an end. */
function flood(output: { write(bytes: Buffer): boolean; on(event: 'drain', listener: () => void): unknown }): void {
  const bytes = Buffer.alloc(32_768, 'a');
  let written = 0;
  const more = () => {
    while (written < mostOutput) {
      written += bytes.length;
      if (!output.write(bytes)) return;
    }
  };
  output.on('drain', more);
  more();
}

const exitStatus = (code: number) =>
  payload(message.channelRequest, uint32(0), text('exit-status'), Buffer.from([0]), uint32(code));

/** What a machine can do to whoever logs in, by its name. */
export const afterLogin: Readonly<Record<string, () => Promise<Peer>>> = {
  'banners without end': () =>
    hostilePeer({ onLogin: (send) => many(send, payload(message.authBanner, text(controls.repeat(100)), text(''))) }),
  'a long banner': () =>
    hostilePeer({
      onLogin: (send, accept) => {
        send(payload(message.authBanner, text(manyControls(longText)), text('')));
        accept();
      },
    }),
  'questions without end': () =>
    hostilePeer({
      onLogin: (send) => many(send, payload(message.infoRequest, text(controls), text(controls), text(''), uint32(0))),
    }),
  'a refusal with a long list': () =>
    hostilePeer({
      onLogin: (send) => send(payload(message.authFailure, text('publickey,'.repeat(longText / 10)), Buffer.from([1]))),
    }),
  'refusals without end': () =>
    hostilePeer({ onLogin: (send) => many(send, payload(message.authFailure, text(controls), Buffer.from([0]))) }),
  'a farewell at the login': () =>
    hostilePeer({
      onLogin: (send) => send(payload(message.disconnect, uint32(2), text(manyControls(longText)), text(''))),
    }),
  'confirmations of channels nobody opened': () =>
    hostilePeer({
      onSession: (send) =>
        many(send, payload(message.channelOpenConfirmation, uint32(77), uint32(0), uint32(1), uint32(1))),
    }),
  'a channel confirmed twice': () =>
    hostilePeer({
      onSession: (send, accept) => {
        send(payload(message.channelOpenConfirmation, uint32(0), uint32(0), uint32(1_000_000), uint32(32_768)));
        acceptCommands(accept, (channel) => finish(channel));
      },
    }),
  'a window beyond its end': () =>
    hostilePeer({
      onCommand: (send, channel) => {
        many(send, payload(message.channelWindowAdjust, uint32(0), uint32(0xffff_ffff)), 10);
        finish(channel);
      },
    }),
  'data for a channel that is not there': () =>
    hostilePeer({
      onCommand: (send) => many(send, payload(message.channelData, uint32(99), text('a'.repeat(longText)))),
    }),
  'data that is longer than its packet': () =>
    hostilePeer({
      onCommand: (send) => send(payload(message.channelData, uint32(0), uint32(0xffff_ffff), Buffer.alloc(100))),
    }),
  'the end of a command nobody asked for': () => hostilePeer({ onSession: (send) => many(send, exitStatus(0)) }),
  'two ends of a command': () =>
    hostilePeer({
      onCommand: (send, channel) => {
        send(exitStatus(0));
        send(exitStatus(1));
        finish(channel, 2);
      },
    }),
  'channels opened from there': () =>
    hostilePeer({
      onCommand: (send, channel) => {
        const open = (type: string) =>
          payload(message.channelOpen, text(type), uint32(5), uint32(1_000), uint32(1_000));
        for (const type of ['session', 'x11', 'forwarded-tcpip', 'auth-agent@openssh.com', controls]) send(open(type));
        finish(channel);
      },
    }),
  'global requests without end': () =>
    hostilePeer({
      onCommand: (send) =>
        many(send, payload(message.globalRequest, text(controls), Buffer.from([1]), Buffer.alloc(1_000))),
    }),
  'a packet that is no message': () =>
    hostilePeer({ onCommand: (send) => many(send, payload(255, Buffer.alloc(100)), 100) }),
  'output without end': () => hostilePeer({ onCommand: (_, channel) => flood(channel) }),
  'complaints without end': () => hostilePeer({ onCommand: (_, channel) => flood(channel.stderr) }),
  'complaints of controls': () =>
    hostilePeer({
      onCommand: (_, channel) => {
        channel.stderr.write(controls.repeat(100_000));
        finish(channel, 1);
      },
    }),
};
