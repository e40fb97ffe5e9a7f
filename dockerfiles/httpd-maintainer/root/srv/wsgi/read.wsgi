# Reads from wsgi.input as the path asks, and answers with what came of it: /zero a read of length zero, /all everything,
# anything else nothing at all.
def application(environ, start_response):
    read = {'/zero': [0], '/all': [-1]}.get(environ['PATH_INFO'], [])
    came = ''.join(environ['wsgi.input'].read(length).decode('ascii') for length in read)
    where = environ['mod_wsgi.process_group'] or 'embedded'
    version = '.'.join(map(str, environ['mod_wsgi.version']))
    body = '%d reads gave %d bytes, %s under mod_wsgi %s\n' % (len(read), len(came), where, version)
    body = body.encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
