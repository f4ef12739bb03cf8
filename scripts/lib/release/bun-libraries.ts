/** A library that Bun contains, as Bun's own LICENSE.md lists it. */
export interface BunLibrary {
  readonly name: string;
  /** SPDX. */
  readonly licence: string;
  readonly source: string;
}

/** How Bun is licensed, and where its source is, with the engine that it is linked with. */
export const bunSource = 'https://github.com/oven-sh/bun';

/** What Bun 1.4 links statically. Of `boringssl` and `libarchive`, which have several licences, the main ones. */
export const bunLibraries: readonly BunLibrary[] = [
  { name: 'WebKit JavaScriptCore', licence: 'LGPL-2.0-or-later', source: 'https://github.com/oven-sh/webkit' },
  {
    name: 'boringssl',
    licence: 'Apache-2.0 AND OpenSSL AND ISC',
    source: 'https://boringssl.googlesource.com/boringssl',
  },
  { name: 'brotli', licence: 'MIT', source: 'https://github.com/google/brotli' },
  { name: 'libarchive', licence: 'BSD-2-Clause', source: 'https://github.com/libarchive/libarchive' },
  { name: 'lol-html', licence: 'BSD-3-Clause', source: 'https://github.com/cloudflare/lol-html' },
  { name: 'ls-hpack', licence: 'MIT', source: 'https://github.com/litespeedtech/ls-hpack' },
  { name: 'ls-qpack', licence: 'MIT', source: 'https://github.com/litespeedtech/ls-qpack' },
  { name: 'lsquic', licence: 'MIT AND BSD-3-Clause', source: 'https://github.com/litespeedtech/lsquic' },
  { name: 'mimalloc', licence: 'MIT', source: 'https://github.com/microsoft/mimalloc' },
  { name: 'picohttpparser', licence: 'MIT', source: 'https://github.com/h2o/picohttpparser' },
  { name: 'zstd', licence: 'BSD-3-Clause', source: 'https://github.com/facebook/zstd' },
  { name: 'simdutf', licence: 'Apache-2.0', source: 'https://github.com/simdutf/simdutf' },
  { name: 'tinycc', licence: 'LGPL-2.1-or-later', source: 'https://github.com/tinycc/tinycc' },
  { name: 'uSockets', licence: 'Apache-2.0', source: 'https://github.com/uNetworking/uSockets' },
  { name: 'uWebSockets', licence: 'Apache-2.0', source: 'https://github.com/jarred-sumner/uwebsockets' },
  { name: 'zlib-ng', licence: 'Zlib', source: 'https://github.com/zlib-ng/zlib-ng' },
  { name: 'c-ares', licence: 'MIT', source: 'https://github.com/c-ares/c-ares' },
  { name: 'icu', licence: 'ICU', source: 'https://github.com/unicode-org/icu' },
  { name: 'base64', licence: 'BSD-2-Clause', source: 'https://github.com/aklomp/base64' },
  { name: 'libdeflate', licence: 'MIT', source: 'https://github.com/ebiggers/libdeflate' },
  {
    name: 'libjpeg-turbo',
    licence: 'BSD-3-Clause AND IJG AND Zlib',
    source: 'https://github.com/libjpeg-turbo/libjpeg-turbo',
  },
  { name: 'libspng', licence: 'BSD-2-Clause', source: 'https://github.com/randy408/libspng' },
  { name: 'libwebp', licence: 'BSD-3-Clause', source: 'https://github.com/webmproject/libwebp' },
  { name: 'highway', licence: 'Apache-2.0', source: 'https://github.com/google/highway' },
  { name: 'uucode', licence: 'MIT', source: 'https://github.com/jacobsandlund/uucode' },
  { name: 'tigerbeetle (parts)', licence: 'Apache-2.0', source: 'https://github.com/tigerbeetle/tigerbeetle' },
  {
    name: 'LLVM libc++abi (parts)',
    licence: 'Apache-2.0 WITH LLVM-exception',
    source: 'https://github.com/llvm/llvm-project',
  },
  { name: 'esbuild (ported)', licence: 'MIT', source: 'https://github.com/evanw/esbuild' },
];

/** Packages for Node.js that Bun contains and imports in their place; all have the MIT licence. */
export const bunPolyfills: readonly string[] = [
  ...['acorn', 'acorn-walk', 'assert', 'browserify-zlib', 'buffer', 'constants-browserify', 'crypto-browserify'],
  ...['domain-browser', 'events', 'https-browserify', 'os-browserify', 'path-browserify', 'process', 'punycode'],
  ...['querystring-es3', 'stream-browserify', 'stream-http', 'string_decoder', 'timers-browserify', 'tty-browserify'],
  ...['url', 'util', 'vm-browserify'],
];
