import { randomBytes } from 'node:crypto';

/** A secret that the test has put somewhere. */
interface Mark {
  readonly kind: string;
  readonly forms: readonly { readonly form: string; readonly bytes: Buffer }[];
  /** Where it has to be seen, by whoever looks there. */
  readonly shownBy: RegExp | undefined;
}

interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The secrets that were planted, and all there is to see from outside. */
export class Marks {
  readonly #marks: Mark[] = [];
  readonly #places: Place[] = [];

  /** A secret of its own that no line of the product can hold by chance. @param shownBy the places that are there to show it */
  plant(kind: string, shownBy?: RegExp): string {
    // One word of any language, which is what complaints about a text repeat.
    const text = `MARK7f3a_${kind.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`;
    this.watch(kind, text, shownBy);
    return text;
  }

  /** The same for a secret that was made elsewhere. */
  watch(kind: string, secret: string | Uint8Array, shownBy?: RegExp): void {
    this.#marks.push({ kind, forms: formsOf(Buffer.from(secret)), shownBy });
  }

  /** Something that others than who gave the secret can see. */
  see(name: string, content: string | Uint8Array): void {
    this.#places.push({ name, bytes: Buffer.from(content) });
  }

  /** The places so far whose names begin with this. */
  seen(beginning: string): readonly Place[] {
    return this.#places.filter(({ name }) => name.startsWith(beginning));
  }

  /** The kinds that are seen where they have to be: what is looked for elsewhere is what the product has. */
  shown(): string[] {
    const shown = this.#marks.filter(({ forms, shownBy }) =>
      this.#places.some(({ name, bytes }) => shownBy?.test(name) && forms.some((form) => bytes.includes(form.bytes))),
    );
    return [...new Set(shown.map(({ kind }) => kind))].toSorted();
  }

  /** Every secret that can be seen elsewhere, with the form it has there. */
  found(): string[] {
    return this.#places.flatMap(({ name, bytes }) =>
      this.#marks
        .filter(({ shownBy }) => shownBy?.test(name) !== true)
        .flatMap(({ kind, forms }) => {
          const seen = forms.find((form) => bytes.includes(form.bytes));
          return seen === undefined ? [] : `${kind} as ${seen.form} in ${name}: ${around(bytes, seen.bytes)}`;
        }),
    );
  }
}

/** As it is, and as what may have been made of it on the way: base64 of it depends on what stood before. */
function formsOf(secret: Buffer): Mark['forms'] {
  const encoded = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret])
      .toString('base64')
      .replace(/=+$/, '');
    // What is at the edges depends on the neighbours too.
    const inner = text.slice(Math.ceil((before * 4) / 3), -2);
    return [
      { form: 'base64', bytes: Buffer.from(inner) },
      { form: 'base64url', bytes: Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')) },
    ];
  });
  const escaped = secret.toString('latin1').replace(/[+/=]/g, (letter) => encodeURIComponent(letter));
  return [
    { form: 'itself', bytes: secret },
    { form: 'hex', bytes: Buffer.from(secret.toString('hex')) },
    { form: 'hex in capitals', bytes: Buffer.from(secret.toString('hex').toUpperCase()) },
    { form: 'part of a URL', bytes: Buffer.from(escaped, 'latin1') },
    { form: 'UTF-16', bytes: Buffer.from(secret.toString('latin1'), 'utf16le') },
    ...encoded,
  ];
}

function around(bytes: Buffer, found: Buffer): string {
  const at = bytes.indexOf(found);
  return JSON.stringify(bytes.subarray(Math.max(0, at - 80), at + found.length + 20).toString('latin1'));
}
