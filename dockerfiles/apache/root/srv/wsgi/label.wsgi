# Answers with the patch level the running interpreter has in its version text, and which libpython is mapped, if any.
import sys


def libpython():
    with open('/proc/self/maps') as maps:
        found = [line.split()[-1] for line in maps if 'libpython' in line]
    return found[0] if found else 'none'


def application(environ, start_response):
    body = ('interpreter %s, libpython %s\n' % (sys.version.split()[0], libpython())).encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
