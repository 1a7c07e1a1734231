/**
 * What people choose when told to choose a password, lower-case and without decoration.
 *
 * A short list of patterns on purpose: with fifteen characters required, what remains guessable
 * is these, repeated and decorated. A check against breach corpora is left out: it calls out.
 *
 * @module
 */

/** Common words and keyboard runs; longer ones first where one begins with another. */
export const commonWords: readonly string[] = [
  ...['password', 'passwort', 'passphrase', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'pa$$word'],
  ...['qwertyuiop', 'qwertzuiop', 'qwerty', 'qwertz', 'azerty', 'asdfghjkl', 'asdfgh', 'asdf'],
  ...['zxcvbnm', 'zxcvbn', 'yxcvbnm', '1qaz2wsx', '1q2w3e4r', 'qazwsx', 'q1w2e3r4', 'zaq12wsx'],
  ...['1234567890', '123456789', '12345678', '1234567', '123456', '12345', '1234', '123'],
  ...['0987654321', '987654321', '87654321', '654321', '54321', '4321', '321'],
  ...['abcdefgh', 'abcdef', 'abcd', 'abc', 'administrator', 'admin', 'root', 'guest', 'user'],
  ...['letmein', 'welcome', 'willkommen', 'bienvenue', 'changeme', 'change', 'default', 'secret'],
  ...['trustno1', 'trust', 'login', 'signin', 'access', 'temporary', 'temp', 'test', 'demo'],
  ...['iloveyou', 'loveyou', 'lovely', 'love', 'hello', 'freedom', 'whatever', 'nothing'],
  ...['monkey', 'dragon', 'tiger', 'shadow', 'sunshine', 'princess', 'master', 'killer', 'flower'],
  ...['football', 'baseball', 'basketball', 'hockey', 'soccer', 'liverpool', 'arsenal', 'chelsea'],
  ...['superman', 'batman', 'spiderman', 'starwars', 'pokemon', 'naruto', 'minecraft'],
  ...['michael', 'jennifer', 'jessica', 'jordan', 'ashley', 'daniel', 'charlie', 'thomas'],
  ...['computer', 'internet', 'google', 'facebook', 'samsung', 'company', 'server', 'database'],
  ...['spring', 'summer', 'autumn', 'winter', 'january', 'december', 'monday', 'friday'],
]
