"""What EventBridge does in the cloud: invokes a function at the times that its `Schedule` events say."""
