import { type ServerOption, serverOptions } from '../../../src/config/options.ts';
import { bold, example, italic, item, page, paragraph, type Roff, section } from './roff.ts';

/** `commissaire.conf(5)`: every option that the configuration file may have, and its flag and variable. */
export function optionsPage({ date, version }: { date: Date; version: string }): string {
  return page(
    { title: 'commissaire.conf', section: 5, summary: 'configuration of the commissaire server', date, version },
    section(
      'Description',
      paragraph(
        'The configuration file of the server is an object in JSON or YAML. Each option can also be set by a variable of the ' +
          'environment, which has precedence over the file, or by a flag of `commissaire serve`, which has precedence over both.',
      ),
      paragraph('`commissaire config` shows the options in force, and checks a file.'),
    ),
    section('Options', ...serverOptions.filter(({ file }) => file).map(optionItem)),
    section('Options that only flags and variables set', ...serverOptions.filter(({ file }) => !file).map(optionItem)),
    section(
      'Examples',
      example(['{', '  "listen-interface": "192.0.2.1",', '  "listen-port": 8443,', '  "log-level": "debug"', '}']),
    ),
    section('See also', [`${bold('commissaire-serve')}(8), ${bold('commissaire-configuration')}(7)`]),
  );
}

function optionItem(option: ServerOption): Roff {
  const { name, argument, help } = option;
  const texts = [help, ...details(option)];
  return item(`${bold(name)}${argument === undefined ? '' : ` ${italic(argument)}`}`, texts.join(' '));
}

function details({ flag, short, env, choices, default: value, defaultText, range, unit }: ServerOption): string[] {
  const letter = short === undefined ? '' : ` or \`-${short}\``;
  const usual =
    defaultText ?? (value === undefined ? undefined : `\`${value}\`${unit === undefined ? '' : ` ${unit}`}`);
  return [
    ...(choices === undefined ? [] : [`One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`]),
    ...(range === undefined ? [] : [`From ${range[0]} to ${range[1]}.`]),
    ...(usual === undefined ? [] : [`Default: ${usual}.`]),
    ...(flag === undefined ? [] : [`Flag: \`--${flag}\`${letter}.`]),
    ...(env === undefined ? [] : [`Variable: \`${env}\`.`]),
  ];
}
