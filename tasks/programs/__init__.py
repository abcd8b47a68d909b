"""Programs of others: started, listened to, and ended with all that they started."""
