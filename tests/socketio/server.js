// The article's socket.io server. It listens on a port of its own choice, says which, and names itself to whom it serves.
'use strict';

const app = require('express')();
const server = require('http').Server(app);
const io = require('socket.io')(server, { cors: { origin: '*' } });

const name = process.argv[2];

app.get('/', (request, response) => response.send(name));

io.on('connection', (socket) => {
  socket.emit('announcements', { message: `User has joined to ${name}` });
  socket.on('event', (data, answer) => answer({ message: data.message, server: name }));
});

server.listen(0, () => console.log(server.address().port));
