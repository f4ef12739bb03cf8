import type { Example } from './example.ts';

/** The chapter on cloud-init, the usage of its command, and where chapter 4 has the same with a mistake in it. */
export const cloudInit: readonly Example[] = [
  {
    line: 'commctl user-data --password --username USER --cluster CLUSTER --endpoint https://example.com/ --outfile CLUSTER.userdata',
    typed: 'PASS\n',
    prints: /Password: /,
  },
  { line: 'file CLUSTER.userdata', prints: /^CLUSTER\.userdata: multipart\/mixed; boundary="\S+", ASCII text$/m },
  {
    line: 'commctl user-data --password --username USER --cluster CLUSTER --endpoint https://example.com/ CLUSTER.userdata',
    typed: 'PASS\n',
    wrong: {
      because: 'the file is an option, and the original refused it too',
      outcome: { code: 2, says: 'too many arguments' },
      instead:
        'commctl user-data --password --username USER --cluster CLUSTER --endpoint https://example.com/ -o CLUSTER.userdata',
    },
    prints: /Password: /,
  },
  {
    line: 'commctl user-data -p -c my_cluster -o cluster.userdata',
    typed: 'PASS\n',
    wrong: {
      because: 'the usage above it says that an endpoint is required',
      outcome: { code: 2, says: "'-e, --endpoint <URL>' not specified" },
      instead: 'commctl user-data -e https://example.com -u USER -p -c my_cluster -o cluster.userdata',
    },
    prints: /Password: /,
  },
];
