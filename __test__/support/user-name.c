/* Names the user that initdb runs as, where /etc/passwd does not. Preloaded into initdb alone, see template.js.
   Declared by hand, so that it compiles without the headers of the C library; the layout is that of glibc. */

struct passwd {
  char *name, *password;
  unsigned int uid, gid;
  char *comment, *home, *shell;
};

struct passwd *getpwuid(unsigned int uid) {
  static struct passwd entry = {"postgres", "x", 0, 0, "", "/", "/bin/false"};
  entry.uid = entry.gid = uid;
  return &entry;
}
