package provider

import (
	"fmt"
	"time"
)

// How far two clocks may be apart. Half a minute is more than a call takes, and less
// than any signature allows; five minutes is what both Stripe and AWS take a signature's
// time for (docs.stripe.com/webhooks; AWS Signature Version 4).
const (
	clockDrift = 30 * time.Second
	clockLimit = 5 * time.Minute
)

// Clock compares our clock, as it was when a call was made, with the one that dated the
// answer: its header Date, in the one form that is still written (RFC 9110, IMF-fixdate).
func Clock(asked time.Time, date string) Finding {
	theirs, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", date)
	if err != nil {
		return Finding{Code: ClockUntold, About: "clock", Is: "the answer has no time to compare ours with"}
	}
	apart := asked.Sub(theirs).Truncate(time.Second)
	f := Finding{Code: ClockRight, About: "clock", Is: "ours and the provider's agree to within half a minute"}
	way := "ahead of"
	if apart < 0 {
		apart, way = -apart, "behind"
	}
	if apart > clockDrift {
		f = Finding{
			Code: ClockDrifts, About: "clock", Is: fmt.Sprintf("this machine's is %s %s the provider's", apart, way),
			Do: "set it by the network (NTP); what is signed five minutes apart is refused",
		}
	}
	if apart > clockLimit {
		f.Code = ClockWrong
	}
	return f
}
