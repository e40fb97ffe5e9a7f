# Answers with what only a running interpreter inside Apache can know: its version, the module's, its prefix, and
# which libpython the process has mapped, if any.
import sys


def libpython():
    with open('/proc/self/maps') as maps:
        found = [line.split()[-1] for line in maps if 'libpython' in line]
    return found[0] if found else 'none'


def application(environ, start_response):
    body = 'hello from Python %d.%d.%d under mod_wsgi %s, prefix %s, libpython %s\n' % (
        sys.version_info[:3] + ('.'.join(map(str, environ['mod_wsgi.version'])), sys.prefix, libpython()))
    body = body.encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
