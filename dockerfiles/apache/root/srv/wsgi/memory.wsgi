# Answers with the kernel's account (smaps) of the Apache child that serves the request, in kB. Root may not read it from
# outside without a capability that containers here lack; the child itself may.


def account():
    private = shared = own = relocated = 0
    code = False
    with open('/proc/self/smaps') as smaps:
        for line in smaps:
            words = line.split()
            if words[0] == 'Private_Dirty:':
                private += int(words[1])
            elif words[0] == 'Shared_Dirty:':
                shared += int(words[1])
            elif words[0] == 'Anonymous:':
                own += int(words[1])
                relocated += int(words[1]) if code else 0
            elif not words[0].endswith(':'):
                # The head of a mapping: whether it is the code of the module, or of a libpython.
                code = 'x' in words[1] and ('mod_wsgi' in line or 'libpython' in line)
    return (
        ('dirtied and private', private),
        ('dirtied and shared with other processes', shared),
        ('not backed by a file, private or shared', own),
        ('of that, in the code of mod_wsgi and libpython', relocated),
    )


def application(environ, start_response):
    body = ''.join('%s: %d kB\n' % line for line in account()).encode('ascii')
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
