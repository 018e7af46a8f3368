package teams

// Watch reports changes of what Users shows: changes has a value when something
// changed since the last one was taken. Call stop in the end.
func (d *Directory) Watch() (changes <-chan struct{}, stop func()) {
	told := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watches[told] = struct{}{}
	return told, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watches, told)
	}
}

// changed tells who watches; with Directory.mu held.
func (d *Directory) changed() {
	for told := range d.watches {
		select {
		case told <- struct{}{}:
		default: // is told already
		}
	}
}
