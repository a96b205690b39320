package main

import (
	"fmt"
	"net/http"
	"path/filepath"
)

// explained is the peak, in MiB, above which a line says what it consists of.
const explained = 12.0

// invocations are how often a process is asked before its memory is read again.
const invocations = 200

// weights are the sizes and the memory of every function.
func weights(ours side, cold map[string]*starts, many int) (figures []figure, err error) {
	s := ours.shop
	names, err := s.functions()
	if err != nil {
		return nil, err
	}
	hello, err := sizeOf(filepath.Join(s.binaries, "hello"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		weighed, err := sizeOf(filepath.Join(s.binaries, name))
		if err != nil {
			return nil, err
		}
		lighter, err := sizeOf(filepath.Join(s.binaries, withoutStripe, name))
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure{
			name: name + ": zip", ours: fmt.Sprintf("%.2f MiB", weighed.zip), reference: fmt.Sprintf("hello %.2f MiB", hello.zip),
			ratio: samples{weighed.zip / hello.zip}, note: fmt.Sprintf("binary %.2f MiB, hello %.2f; without Stripe: zip %.2f, binary %.2f",
				weighed.binary, hello.binary, lighter.zip, lighter.binary),
		})
	}
	base := peaks(cold["hello"])
	for _, name := range names {
		first := peaks(cold[firstOf(cold, name)])
		later, err := s.after(ours, name, many)
		if err != nil {
			return nil, err
		}
		f := figure{
			name: name + ": peak memory, first answer", ours: first.in("MiB"), reference: "hello " + base.in("MiB"), ratio: first.over(base),
		}
		if first.median() > explained {
			f.note = consists(cold, firstOf(cold, name))
		}
		g := figure{
			name: fmt.Sprintf("%s: peak memory, %d invocations", name, many), ours: samples{later.peak}.in("MiB"),
			note: fmt.Sprintf("now resident: binary's pages %.1f, heap and stacks %.1f, of which garbage: GOGC=%s", later.file, later.anonymous, s.deployed["GOGC"]),
		}
		figures = append(figures, f, g)
	}
	return figures, nil
}

// firstOf names the starts in which a function did the whole of its work.
func firstOf(cold map[string]*starts, name string) string {
	if cold["near "+name] != nil {
		return "near " + name
	}
	return name
}

// peaks are the VmHWM of a variant's starts.
func peaks(s *starts) (mib samples) {
	for _, m := range s.memory {
		mib = append(mib, m.peak)
	}
	return mib
}

// consists says what the peak of a first answer is made of, by what was measured:
// the runtime is hello's; what the roots take is what create-payment takes less
// with a single one; the rest is parted by who maps it.
func consists(cold map[string]*starts, name string) string {
	file, heap, helloFile, helloHeap := parts(cold[name]), anon(cold[name]), parts(cold["hello"]), anon(cold["hello"])
	roots := peaks(cold["create-payment"]).median() - peaks(cold["one root"]).median()
	return fmt.Sprintf("Go and its Lambda library (hello) %.1f; more pages of the binary (SDK, TLS, own code) %.1f; more heap and stacks %.1f, of which the system's roots about %.1f",
		helloFile+helloHeap, file-helloFile, heap-helloHeap, roots)
}

func parts(s *starts) float64 {
	var mib samples
	for _, m := range s.memory {
		mib = append(mib, m.file)
	}
	return mib.median()
}

func anon(s *starts) float64 {
	var mib samples
	for _, m := range s.memory {
		mib = append(mib, m.anonymous)
	}
	return mib.median()
}

// after is what a function takes after many invocations, each of which is asked
// something of its own.
func (s *shop) after(ours side, name string, many int) (memory, error) {
	p, err := s.start(name, s.webhookCA(name))
	if err != nil {
		return memory{}, err
	}
	defer p.Kill()
	for range many {
		asked, err := ours.requests()[name]()
		if err != nil {
			return memory{}, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := asked.of(p); err != nil {
			return memory{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return memoryOf(p.PID())
}

// webhookCA names the CA of the simulated PayPal's webhooks, for the function that
// hears them. The others run as they do on AWS, where there is none: to name one
// has the system's roots read before the first request.
func (s *shop) webhookCA(name string) map[string]string {
	if name != "webhook" {
		return nil
	}
	return map[string]string{"PAYPAL_CA": string(s.paypal.CA())}
}

// unsigned is a delivery that nobody signed.
func (s side) unsigned() (request, error) {
	return s.plain("webhook/unsigned.json", http.StatusUnauthorized)()
}
