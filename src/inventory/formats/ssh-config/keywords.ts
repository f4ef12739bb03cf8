/** The keywords of ssh_config(5), in lower case, that an import uses. */
export const usedKeywords: ReadonlySet<string> = new Set([
  'canonicalizehostname',
  'hostkeyalias',
  'hostname',
  'identityfile',
  'ignoreunknown',
  'port',
  'proxycommand',
  'proxyjump',
  'user',
]);

/** The other keywords, with those of old versions and of other makers' builds. */
const others = `addkeystoagent addressfamily afstokenpassing batchmode bindaddress bindinterface canonicaldomains
canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms certificatefile
challengeresponseauthentication channeltimeout checkhostip cipher ciphers clearallforwardings compression
compressionlevel connectionattempts connecttimeout controlmaster controlpath controlpersist dsaauthentication
dynamicforward enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh fingerprinthash
forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile
gssapiauthentication gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange
gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns hashknownhosts hostbasedacceptedalgorithms
hostbasedauthentication hostbasedkeytypes hostkeyalgorithms identitiesonly identityagent ipqos
kbdinteractiveauthentication kbdinteractivedevices keepalive kexalgorithms knownhostscommand localcommand localforward
loglevel logverbose macs nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming
passwordauthentication permitlocalcommand permitremoteopen pkcs11provider preferredauthentications protocol
proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication refuseconnection rekeylimit
remotecommand remoteforward requesttty requiredrsasize revokedhostkeys rhostsrsaauthentication rsaauthentication
securitykeyprovider sendenv serveralivecountmax serveraliveinterval sessiontype setenv skeyauthentication
smartcarddevice stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking syslogfacility tag
tcpkeepalive tisauthentication tunnel tunneldevice updatehostkeys useblacklistedkeys usekeychain useprivilegedport
userknownhostsfile useroaming usersh verifyhostkeydns versionaddendum visualhostkey warnweakcrypto xauthlocation`;

export const knownKeywords: ReadonlySet<string> = new Set([...usedKeywords, ...others.split(/\s+/)]);
