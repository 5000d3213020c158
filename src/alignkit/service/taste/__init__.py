"""What somebody likes of written answers: asked, learnt, kept, and made into a profile."""
