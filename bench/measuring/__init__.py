"""What the programs of this folder share: servers, clients that load them, people in their database."""
