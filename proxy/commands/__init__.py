"""What `calotype` can be asked to do, one file a command; `proxy.cli` imports only the one that is wanted."""
