/** What somebody wants a token for. Seconds are those it is to live. */
export type Wanted =
  | { readonly kind: 'session'; readonly note: string; readonly seconds: number | undefined }
  | { readonly kind: 'automation'; readonly note: string; readonly seconds: number }
  | {
      readonly kind: 'registration';
      readonly note: string;
      readonly seconds: number;
      readonly cluster: string;
      readonly maxHosts: number;
    };
