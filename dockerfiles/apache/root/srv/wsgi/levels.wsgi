# Answers with two patch levels of Python: the one the module was compiled for, whose name the compiler took from the
# headers and put into the module as text (every release holds it, whether it warns or not), and the one that runs.
import re
import sys

MODULE = '/usr/lib/apache2/modules/mod_wsgi.so'


def application(environ, start_response):
    with open(MODULE, 'rb') as module:
        text = module.read().decode('latin-1')
    compiled = re.findall('(?<![0-9.])%d[.]%d[.][0-9]+(?=\0)' % sys.version_info[:2], text)
    running = '%d.%d.%d' % sys.version_info[:3]
    body = 'compiled for %s, running %s\n' % (' and '.join(sorted(set(compiled))) or 'nothing', running)
    body = body.encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
