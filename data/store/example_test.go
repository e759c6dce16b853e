package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/data/store"
	"blissh/internal/embedded"
)

// beamline is a store with what a session has published.
type beamline struct {
	server *embedded.Server
	db     *store.DB
}

func newBeamline() *beamline {
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		log.Fatal(err)
	}
	db, err := store.Open(context.Background(), s.URL())
	if err != nil {
		log.Fatal(err)
	}
	return &beamline{s, db}
}

func (b *beamline) close() {
	b.db.Close()
	b.server.Close()
}

// scan is a scan that is being published.
type scan struct {
	*data.Scan
	p *store.Publisher
	n int
}

// begin publishes the beginning of a scan: position, a counter, a spectrum of
// three bins, an image of two rows and three columns.
func (b *beamline) begin(number int, name string) *scan {
	s := &data.Scan{
		Session: "demo_session", UID: fmt.Sprintf("u%d", number), Number: number, Name: name, Start: time.Now(), Planned: 5,
		Channels: []data.Channel{
			{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"},
			{Name: "diode", DType: "<f8", Role: "counter"},
			{Name: "mca", DType: "<u4", Shape: []int{3}, Role: "counter"},
			{Name: "camera", DType: "<u2", Shape: []int{2, 3}, Role: "counter"},
		},
	}
	p, err := b.db.Publish(context.Background(), s, store.PublishOptions{})
	if err != nil {
		log.Fatal(err)
	}
	r := &scan{s, p, 0}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	r.put(&data.Prepared{Node: data.ScanNode(s)})
	return r
}

func (s *scan) put(e data.Event) {
	if err := s.p.Put(context.Background(), e); err != nil {
		log.Fatal(err)
	}
}

// take publishes n points and waits until the store has them.
func (s *scan) take(n int) *scan {
	for range n {
		var mca, camera []byte
		for i := range 3 {
			mca = data.Append(mca, "<u4", float64(s.n*10+i))
		}
		for i := range 6 {
			camera = data.Append(camera, "<u2", float64(s.n*100+i))
		}
		s.put(&data.Row{
			Index: s.n, Time: time.Now(), Values: []float64{float64(s.n) / 2, float64(s.n * s.n)},
			Arrays: []data.Array{{DType: "<u4", Shape: []int{3}, Bytes: mca}, {DType: "<u2", Shape: []int{2, 3}, Bytes: camera}},
		})
		s.n++
	}
	for s.p.Acked() < s.n {
		time.Sleep(time.Millisecond)
	}
	return s
}

func (s *scan) end() {
	s.Outcome, s.Taken, s.End = data.Done, s.n, time.Now()
	s.put(&data.EndScan{Node: data.ScanNode(s.Scan), Outcome: data.Done, Points: s.n})
}

// A walk through what is there: nodes, without waiting for more.
func ExampleDB_Walk() {
	b := newBeamline()
	defer b.close()
	b.begin(1, "ascan").take(5).end()
	b.begin(2, "loopscan").take(2)

	ctx := context.Background()
	w, err := b.db.Walk(ctx, data.SessionNode("demo_session"), store.WalkOptions{NoWait: true})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	for n, err := range w.Nodes(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Kind, n.DBName)
	}
	// Output:
	// scan demo_session:1_ascan
	// channel demo_session:1_ascan:robz
	// channel demo_session:1_ascan:diode
	// channel demo_session:1_ascan:mca
	// channel demo_session:1_ascan:camera
	// scan demo_session:2_loopscan
	// channel demo_session:2_loopscan:robz
	// channel demo_session:2_loopscan:diode
	// channel demo_session:2_loopscan:mca
	// channel demo_session:2_loopscan:camera
}

// Everything that the scans of a session said, and will say; here of one data
// channel by a function, and until the history is at its end.
func ExampleDB_WalkEvents() {
	b := newBeamline()
	defer b.close()
	b.begin(1, "ascan").take(3).end()
	b.begin(2, "ascan").take(2)

	ctx := context.Background()
	diodes := func(n data.Node) bool { return n.Kind == data.KindScan || n.Name == "diode" }
	w, err := b.db.WalkEvents(ctx, data.SessionNode("demo_session"), store.WalkOptions{Include: diodes, NoWait: true})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	for {
		event, err := w.Next(ctx) // in a script of `blissh run`, which knows no range over functions
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		switch e := event.(type) {
		case *data.NewNode:
			fmt.Println("new", e.Node.DBName)
		case *data.NewData:
			for i, v := range e.Values {
				fmt.Println(e.Node.Name, e.First+i, v)
			}
		case *data.EndScan:
			fmt.Println("end", e.Outcome, e.Points)
		}
	}
	// Output:
	// new demo_session:1_ascan
	// new demo_session:1_ascan:diode
	// diode 0 0
	// diode 1 1
	// diode 2 4
	// end done 3
	// new demo_session:2_ascan
	// new demo_session:2_ascan:diode
	// diode 0 0
	// diode 1 1
}

// A late listener gets the running scan from its first point, those that have
// ended not at all. ExcludeChildren leaves out what is below a node; another
// goroutine ends the walk.
func ExampleDB_WalkOnNewEvents() {
	b := newBeamline()
	defer b.close()
	b.begin(1, "ascan").take(5).end()
	running := b.begin(2, "ascan").take(3)

	ctx := context.Background()
	w, err := b.db.WalkOnNewEvents(ctx, data.SessionNode("demo_session"), store.WalkOptions{ExcludeChildren: store.OfKind(data.KindScan)})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		running.take(2).end()
	}()
	for event, err := range w.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if e, ok := event.(*data.EndScan); ok {
			fmt.Println(e.Node.Name, e.Outcome, e.Points)
			go w.Close() // from wherever one likes
		}
	}
	// Output:
	// 2_ascan done 5
}

// From the last scan on, whether it has ended or not.
func ExampleDB_WalkFromLast() {
	b := newBeamline()
	defer b.close()
	b.begin(1, "ascan").take(5).end()
	b.begin(2, "ascan").take(5).end()

	ctx := context.Background()
	w, err := b.db.WalkFromLast(ctx, data.SessionNode("demo_session"), store.WalkOptions{Include: store.OfKind(data.KindScan)})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	b.begin(3, "loopscan")
	for n, err := range w.Nodes(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.DBName)
		if n.Scan.Number == 3 {
			break
		}
	}
	// Output:
	// demo_session:2_ascan
	// demo_session:3_loopscan
}

// A shared channel that ends a walk from another process: `redis-cli XADD
// 'blissh:channel:{enough}' MAXLEN 1 '*' v true`.
func ExampleWalker_Close() {
	b := newBeamline()
	defer b.close()
	ctx := context.Background()
	bus, err := channel.Connect(ctx, b.server.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer bus.Close()
	enough, err := bus.Open(ctx, "enough", channel.Options{Default: false})
	if err != nil {
		log.Fatal(err)
	}
	w, err := b.db.WalkOnNewEvents(ctx, data.SessionNode("demo_session"), store.WalkOptions{})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		if enough.Wait(ctx, true) == nil {
			w.Close()
		}
	}()
	time.AfterFunc(10*time.Millisecond, func() { enough.Set(true) }) // anybody may
	for _, err := range w.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("ended")
	// Output:
	// ended
}

// Values by index: of a scan that runs those that are there so far.
func ExampleDB_Get() {
	b := newBeamline()
	defer b.close()
	b.begin(12, "ascan").take(5)

	ctx := context.Background()
	diode, err := b.db.Node(ctx, "demo_session:12_ascan:diode")
	if err != nil {
		log.Fatal(err)
	}
	first, err := b.db.Get(ctx, diode, 0)
	fmt.Println(first, err)
	last, err := b.db.Get(ctx, diode, -1)
	fmt.Println(last, err)
	some, err := b.db.Slice(ctx, diode, 1, 4)
	fmt.Println(some, err)
	end, err := b.db.Slice(ctx, diode, -2, -1)
	fmt.Println(end, err)
	points, err := b.db.Len(ctx, diode)
	fmt.Println(points, err)
	_, err = b.db.Get(ctx, diode, 5)
	fmt.Println(errors.Is(err, store.ErrNotFound), err)
	// Output:
	// 0 <nil>
	// 16 <nil>
	// [1 4 9] <nil>
	// [9 16] <nil>
	// 5 <nil>
	// true demo_session:12_ascan:diode: point 5: not in the store
}

// Spectra and images by index.
func ExampleDB_Array() {
	b := newBeamline()
	defer b.close()
	b.begin(12, "ascan").take(5).end()

	ctx := context.Background()
	scan, err := b.db.Node(ctx, "demo_session:12_ascan")
	if err != nil {
		log.Fatal(err)
	}
	children, err := b.db.Children(ctx, scan)
	if err != nil {
		log.Fatal(err)
	}
	mca, camera := children[2], children[3]
	spectra, err := b.db.Arrays(ctx, mca, 1, 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range spectra {
		values, err := s.Floats()
		fmt.Println(values, err)
	}
	last, err := b.db.Array(ctx, camera, -1)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := last.Rows()
	fmt.Println(last.Shape, rows, err)
	// Output:
	// [10 11 12] <nil>
	// [20 21 22] <nil>
	// [2 3] [[400 401 402] [403 404 405]] <nil>
}
