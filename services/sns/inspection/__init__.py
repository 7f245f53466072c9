"""What the person who runs SNS can look into under `/_aws/sns/`. Stands on the runtime and all below it."""
