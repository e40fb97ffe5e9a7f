# Needs a module that is under /usr/local only; tells where it and one of the standard modules were found.
import json


def application(environ, start_response):
    environ['wsgi.errors'].write('json is %s\n' % json.__file__)
    environ['wsgi.errors'].flush()
    import only_local
    body = ('only_local is %s, json is %s\n' % (only_local.__file__, json.__file__)).encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
