import <there-is-no-such-channel> { }
