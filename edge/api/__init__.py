"""The doors of the box: LAN HTTP, WebSocket, pages."""
