package teams

// Watch reports changes of what Users shows: changes has a value when something
// changed since the last one was taken. Call stop in the end.
func (d *Directory) Watch() (changes <-chan struct{}, stop func()) { return d.watches.Watch() }

func (d *Directory) changed() { d.watches.Tell() }
