# Answers with the copies of OpenSSL in the process, the version of the one that Python's ssl uses, and, at /tls/connect, with the
# result of a TLS connection from Python to itself, which compares the server's certificate.
import ssl
import sys


def copies():
    with open('/proc/self/maps') as maps:
        return sorted({line.split()[-1] for line in maps if '/libssl' in line})


def connect():
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain('/srv/tls/certificate.pem', '/srv/tls/key.pem')
    client = ssl.create_default_context(cafile='/srv/tls/certificate.pem')
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(incoming, outgoing, server_hostname='localhost')
    far = server.wrap_bio(outgoing, incoming, server_side=True)
    for _ in range(10):
        for side in near, far:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return near.getpeercert()['subject'][0][0][1]


def application(environ, start_response):
    found = copies()
    body = 'Python %d.%d.%d under mod_wsgi %s, %d of libssl: %s, ssl uses %s\n' % (
        sys.version_info[:3] + ('.'.join(map(str, environ['mod_wsgi.version'])), len(found), ' and '.join(found), ssl.OPENSSL_VERSION))
    if environ['PATH_INFO'] == '/connect':
        body += 'connected to %s\n' % connect()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body.encode()]
