package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sim "github.com/serverless-checkout/serverless-checkout/local/sim/paypal"
	"github.com/serverless-checkout/serverless-checkout/shared/wording"
)

// toldAmount is an amount as a story has it.
type toldAmount struct{ Currency, Value string }

func (a *toldAmount) String() string {
	if a == nil {
		return "-"
	}
	return a.Currency + " " + a.Value
}

type toldRow struct{ ID, Code string }

type toldLine struct {
	Code, Text, Rate, Until string

	Amount, Into *toldAmount
	Row          *toldRow
	IntoRow      *toldRow `json:"into_row"`
	Awaited      bool
}

// toldStory is what the merchant reads of one payment's money.
type toldStory struct {
	Payment, Reference, Currency, Language, Summary string

	Paid  []minor
	Lines []toldLine
	Where []struct {
		Code, Text string
		Amount     minor
	}
}

// story reads it, and holds it against itself and against PayPal's own account.
func (b *buyer) story(language wording.Language) (s toldStory) {
	b.w.t.Helper()
	r := b.w.merchant(http.MethodGet, "/merchant/payments/"+b.id+"/money?language="+string(language), "", nil)
	if r.code != http.StatusOK || r.header.Get("Content-Language") != string(language) || r.header.Get("Vary") != "Accept-Language" {
		b.w.t.Fatalf("%d %v %s", r.code, r.header, r.text)
	}
	b.w.must(json.Unmarshal([]byte(r.text), &s))
	if s.Payment != b.id || s.Language != string(language) || s.Reference == "" || s.Summary == "" {
		b.w.t.Errorf("%+v", s)
	}
	sums := map[string]int64{}
	for _, part := range s.Where {
		sums[part.Amount.Currency] += part.Amount.Minor
	}
	for _, paid := range s.Paid {
		if sums[paid.Currency] != paid.Minor {
			b.w.t.Errorf("the parts make %d %s, the buyer paid %d", sums[paid.Currency], paid.Currency, paid.Minor)
		}
	}
	reported := map[string]bool{}
	for _, row := range b.w.paypal.Statement().Rows {
		reported[row.ID+"/"+row.Code] = true
	}
	for _, l := range s.Lines {
		for _, row := range []*toldRow{l.Row, l.IntoRow} {
			if row != nil && !reported[row.ID+"/"+row.Code] {
				b.w.t.Errorf("PayPal's account has no row %+v, which stands behind %q", *row, l.Text)
			}
		}
	}
	return s
}

// wantStory holds a story's figures against "fee EUR -2.97 T0006" for each line, with
// "awaited" for a row that is, and "balance EUR 72.03" for each place.
func (b *buyer) wantStory(lines, places string) {
	b.w.t.Helper()
	s := b.story(wording.English)
	var told, where []string
	for _, l := range s.Lines {
		text := l.Code + " " + l.Amount.String()
		if l.Into != nil {
			text += " " + l.Into.String()
		}
		for _, row := range []*toldRow{l.Row, l.IntoRow} {
			if row != nil {
				text += " " + row.Code
			}
		}
		if l.Awaited {
			text += " awaited"
		}
		told = append(told, text)
	}
	for _, part := range s.Where {
		where = append(where, fmt.Sprintf("%s %d %s", part.Code, part.Amount.Minor, part.Amount.Currency))
	}
	if got := strings.Join(told, "\n"); got != strings.TrimSpace(lines) {
		b.w.t.Errorf("told is\n%s\nwant\n%s", got, strings.TrimSpace(lines))
	}
	if got := strings.Join(where, "\n"); got != strings.TrimSpace(places) {
		b.w.t.Errorf("it is at\n%s\nwant\n%s", got, strings.TrimSpace(places))
	}
}

// wantWords holds the text of one line in every language against these.
func (b *buyer) wantWords(code string, want map[wording.Language]string) {
	b.w.t.Helper()
	for _, l := range wording.Languages() {
		s := b.story(l)
		i := slices.IndexFunc(s.Lines, func(l toldLine) bool { return l.Code == code })
		if i < 0 {
			b.w.t.Fatalf("%s: there is no line %s: %+v", l, code, s.Lines)
		}
		if s.Lines[i].Text != want[l] {
			b.w.t.Errorf("%s: %q, want %q", l, s.Lines[i].Text, want[l])
		}
	}
}

// TestStoryOfASale: by PayPal's word at first, and then by its account's.
func TestStoryOfASale(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.buyer()
	b.open()
	b.wantStory("", "")
	if s := b.story(wording.English); s.Summary != "The buyer has not paid anything yet." {
		t.Error(s.Summary)
	}
	b.approve(sim.Balance)
	b.capture()
	b.wantStory("paid EUR 75.00 awaited\nfee EUR -2.97 awaited", "kept 297 EUR\nnot_reported 7203 EUR")
	b.wantWords("fee", map[wording.Language]string{
		"en":      "PayPal kept €2.97 as its fee. PayPal has not reported this in your account statement yet.",
		"de":      "PayPal hat eine Gebühr von 2,97\u00a0€ abgezogen. Im Transaktionsbericht von PayPal steht dies noch nicht.",
		"es":      "PayPal cobró una comisión de 2,97\u00a0€. PayPal aún no lo ha incluido en su extracto.",
		"fr":      "PayPal a prélevé 2,97\u00a0€ de frais. PayPal ne l’a pas encore fait figurer sur votre relevé.",
		"ja":      "PayPalが手数料として€2.97を差し引きました。PayPalの取引明細にはまだ記載されていません。",
		"zh-Hans": "PayPal 收取了 €2.97 的手续费。PayPal 尚未在交易明细中列出。",
	})
	w.settleFor(5 * time.Hour)
	b.wantStory("paid EUR 75.00 T0006\nfee EUR -2.97 T0006", "kept 297 EUR\nbalance 7203 EUR")
	for l, want := range map[wording.Language]string{
		"en":      "The buyer paid €75.00. PayPal kept €2.97 in fees. €72.03 is in your PayPal balance or was paid out from it.",
		"de":      "Der Käufer hat 75,00\u00a0€ gezahlt. PayPal hat 2,97\u00a0€ an Gebühren abgezogen. 72,03\u00a0€ sind in Ihrem PayPal-Guthaben oder wurden daraus ausgezahlt.",
		"es":      "El comprador pagó 75,00\u00a0€. PayPal cobró 2,97\u00a0€ en comisiones. 72,03\u00a0€ están en su saldo de PayPal o ya se transfirieron desde él.",
		"fr":      "L’acheteur a payé 75,00\u00a0€. PayPal a prélevé au total 2,97\u00a0€ de frais. La somme de 72,03\u00a0€ se trouve sur votre solde PayPal ou en a déjà été virée.",
		"ja":      "購入者が€75.00を支払いました。PayPalの手数料は€2.97です。€72.03はPayPal残高にあるか、そこから出金済みです。",
		"zh-Hans": "买家支付了 €75.00。PayPal 共收取手续费 €2.97。€72.03 在您的 PayPal 余额中，或已从余额提现。",
	} {
		if s := b.story(l); s.Summary != want {
			t.Errorf("%s: %s", l, s.Summary)
		}
	}
}

// TestStoryInTheLanguageAskedFor: the query's, or else what the header wants most.
func TestStoryInTheLanguageAskedFor(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	for _, c := range []struct{ query, header, want string }{
		{"", "", "en"}, {"", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"}, {"", "it,zh-CN;q=0.3", "zh-Hans"}, {"", "it", "en"}, {"", "de;q=zero", "en"},
		{"?language=ja", "de", "ja"}, {"?language=de-AT", "", "de"}, {"?language=zh", "", "zh-Hans"},
	} {
		r := w.merchant(http.MethodGet, "/merchant/payments/"+b.id+"/money"+c.query, "", map[string]string{"Accept-Language": c.header})
		var s toldStory
		w.must(json.Unmarshal([]byte(r.text), &s))
		if r.code != http.StatusOK || s.Language != c.want || r.header.Get("Content-Language") != c.want {
			t.Errorf("%+v: %d %s", c, r.code, r.text)
		}
	}
	if r := w.merchant(http.MethodGet, "/merchant/payments/"+b.id+"/money?language=xx", "", nil); r.code != http.StatusBadRequest || !strings.Contains(r.Detail, "en, de, es, fr, ja, zh-Hans") {
		t.Errorf("%d %s", r.code, r.text)
	}
}

// TestStoryOfAConversion: the buyer pays dollars, and the merchant has euros alone.
func TestStoryOfAConversion(t *testing.T) {
	w := newWorld(t, plan{})
	w.must(w.paypal.HoldCurrencies("EUR"))
	b := w.buyer()
	b.order = `{"cart":[{"sku":"BOOK","quantity":2}],"currency":"USD","country":"US","language":"en","method":"paypal","reference":"R-2"}`
	b.buy(sim.Balance)
	b.wantStory("paid USD 27.80 awaited\nfee USD -1.46 awaited\nconverted USD -26.34 EUR 23.46 awaited",
		"kept 146 USD\nconverted 2634 USD\nconverted -2346 EUR\nnot_reported 2346 EUR")
	w.settleFor(5 * time.Hour)
	b.wantStory("paid USD 27.80 T0006\nfee USD -1.46 T0006\nconverted USD -26.34 EUR 23.46 T0200 T0200",
		"kept 146 USD\nconverted 2634 USD\nconverted -2346 EUR\nbalance 2346 EUR")
	b.wantWords("converted", map[wording.Language]string{
		"en":      "PayPal converted USD\u00a026.34 into €23.46 at a rate of 0.89072543.",
		"de":      "PayPal hat 26,34\u00a0USD zum Kurs von 0,89072543 in 23,46\u00a0€ umgerechnet.",
		"es":      "PayPal convirtió 26,34\u00a0US$ en 23,46\u00a0€ a un tipo de cambio de 0,89072543.",
		"fr":      "PayPal a converti 26,34\u00a0$US en 23,46\u00a0€ au taux de 0,89072543.",
		"ja":      "PayPalが為替レート0.89072543でUSD\u00a026.34を€23.46に換算しました。",
		"zh-Hans": "PayPal 按汇率 0.89072543 将 US$26.34 兑换为 €23.46。",
	})
	p, _ := b.stored()
	if s := b.story(wording.English); s.Currency != "USD" || s.Lines[2].Rate != p.Captures[0].Rate {
		t.Errorf("%+v, the capture's rate is %s", s, p.Captures[0].Rate)
	}
}

// TestStoryOfRefunds: one asked for here, one in PayPal's dashboard, and a reversal.
func TestStoryOfRefunds(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.settleFor(5 * time.Hour)
	b.wantRefund(1000, "r", http.StatusCreated, "completed")
	sale := "paid EUR 75.00 T0006\nfee EUR -2.97 T0006\n"
	b.wantStory(sale+"refunded EUR -10.00 awaited", "kept 297 EUR\nrefunded 1000 EUR\nnot_reported -1000 EUR\nbalance 7203 EUR")
	w.clock.Move(time.Minute)
	w.must(w.paypal.RefundInDashboard(b.charges()[0].ID, 500))
	w.settleFor(5 * time.Hour)
	b.wantStory(sale+"refunded EUR -10.00 T1107\nrefunded_at_provider EUR -5.00 T1107", "kept 297 EUR\nrefunded 1500 EUR\nbalance 5703 EUR")
	b.wantWords("refunded", map[wording.Language]string{
		"en": "You refunded €10.00 to the buyer.", "de": "Sie haben dem Käufer 10,00\u00a0€ zurückerstattet.", "es": "Usted reembolsó 10,00\u00a0€ al comprador.",
		"fr": "Vous avez remboursé 10,00\u00a0€ à l’acheteur.", "ja": "購入者に€10.00を返金しました。", "zh-Hans": "您已向买家退款 €10.00。",
	})
	w.must(w.paypal.Reverse(b.charges()[0].ID))
	w.settleFor(5 * time.Hour)
	b.wantStory(sale+"refunded EUR -10.00 T1107\nrefunded_at_provider EUR -5.00 T1107\ntaken_back EUR -60.00 T1106",
		"kept 297 EUR\nrefunded 1500 EUR\ntaken_back 6000 EUR\nbalance -297 EUR")
	if s := b.story("de"); s.Where[3].Text != "2,97\u00a0€ mussten aus Ihrem übrigen PayPal-Guthaben kommen." {
		t.Error(s.Where)
	}
}

// TestStoryOfAHold: held until PayPal lets it go, and then not.
func TestStoryOfAHold(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.clock.Move(time.Minute)
	hold, err := w.paypal.Hold("T2107", b.charges()[0].ID, "EUR", 5000)
	w.must(err)
	w.settleFor(5 * time.Hour)
	sale := "paid EUR 75.00 T0006\nfee EUR -2.97 T0006\n"
	b.wantStory(sale+"held EUR -50.00 T2107", "kept 297 EUR\nheld 5000 EUR\nbalance 2203 EUR")
	b.wantWords("held", map[wording.Language]string{
		"en":      "PayPal put €50.00 on hold. No date is given: it stays on hold until PayPal releases it.",
		"de":      "PayPal hat 50,00\u00a0€ einbehalten. Ein Datum ist nicht genannt: Der Betrag bleibt einbehalten, bis PayPal ihn freigibt.",
		"es":      "PayPal retuvo 50,00\u00a0€. No indica fecha: el importe seguirá retenido hasta que PayPal lo libere.",
		"fr":      "PayPal a bloqué 50,00\u00a0€. Aucune date n’est indiquée\u00a0: la somme reste bloquée jusqu’à ce que PayPal la libère.",
		"ja":      "PayPalが€50.00を保留しました。期限は示されておらず、PayPalが解除するまで保留されます。",
		"zh-Hans": "PayPal 冻结了 €50.00，未说明期限，直至 PayPal 解除冻结。",
	})
	w.must(w.paypal.Release(hold))
	w.settleFor(5 * time.Hour)
	b.wantStory(sale+"held EUR -50.00 T2107\nreleased EUR 50.00 T2108", "kept 297 EUR\nbalance 7203 EUR")
}

// TestStoryOfADispute: open, lost with a fee, and won back; or won at once.
func TestStoryOfADispute(t *testing.T) {
	w := newWorld(t, plan{})
	lost, won := w.paid(), w.paid()
	w.settleFor(5 * time.Hour)
	due := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	lostID, wonID := lost.claim(due), won.claim(due)
	w.settleFor(5 * time.Hour)
	sale := "paid EUR 75.00 T0006\nfee EUR -2.97 T0006\n"
	for _, b := range []*buyer{lost, won} {
		b.wantStory(sale+"held_for_dispute EUR -75.00 T1110\ndisputed EUR 75.00", "kept 297 EUR\nheld 7500 EUR\nbalance -297 EUR")
	}
	lost.wantWords("disputed", map[wording.Language]string{
		"en":      "The buyer opened a dispute over €75.00. Please answer it by December 1, 2026.",
		"de":      "Der Käufer hat einen Konflikt über 75,00\u00a0€ gemeldet. Bitte antworten Sie bis zum 1. Dezember 2026.",
		"es":      "El comprador abrió una disputa por 75,00\u00a0€. Responda a más tardar el 1 de diciembre de 2026.",
		"fr":      "L’acheteur a ouvert un litige portant sur 75,00\u00a0€. Veuillez y répondre au plus tard le 1er décembre 2026.",
		"ja":      "購入者が€75.00について異議を申し立てました。2026年12月1日までに回答してください。",
		"zh-Hans": "买家就 €75.00 提出了争议，请于2026年12月1日前答复。",
	})
	w.must(w.paypal.ResolveDispute(lostID, "RESOLVED_BUYER_FAVOUR"))
	w.must(w.paypal.ResolveDispute(wonID, "RESOLVED_SELLER_FAVOUR"))
	w.settleFor(5 * time.Hour)
	held := sale + "held_for_dispute EUR -75.00 T1110\ndisputed EUR 75.00\n"
	won.wantStory(held+"dispute_won EUR 75.00\nreleased EUR 75.00 T1111", "kept 297 EUR\nbalance 7203 EUR")
	end := held + "dispute_lost EUR 75.00\nreleased EUR 75.00 T1111\ncharged_back EUR -75.00 T1201\nchargeback_fee EUR -20.00 T0106"
	lost.wantStory(end, "kept 2297 EUR\ncharged_back 7500 EUR\nbalance -2297 EUR")
	lost.wantWords("chargeback_fee", map[wording.Language]string{
		"en": "The chargeback cost you a fee of €20.00.", "de": "Für die Rückbuchung wurde Ihnen eine Gebühr von 20,00\u00a0€ berechnet.",
		"es": "El contracargo le costó una comisión de 20,00\u00a0€.", "fr": "La rétrofacturation vous a coûté 20,00\u00a0€ de frais.",
		"ja": "チャージバック手数料として€20.00がかかりました。", "zh-Hans": "此次退单产生了 €20.00 的手续费。",
	})
	w.must(w.paypal.ReverseChargeback(lostID))
	w.settleFor(5 * time.Hour)
	s := lost.story(wording.English)
	if last := s.Lines[len(s.Lines)-1]; s.Summary != "The buyer paid €75.00. PayPal kept €22.97 in fees. €52.03 is in your PayPal balance or was paid out from it." || !slices.ContainsFunc(s.Lines, func(l toldLine) bool { return l.Code == "chargeback_returned" && l.Amount.Value == "75.00" }) {
		t.Errorf("%s; last of all %+v", s.Summary, last)
	}
}

// TestStoryOfWhatIsPending: on its way, and then there or not.
func TestStoryOfWhatIsPending(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		w := newWorld(t, plan{})
		b := w.buyer()
		b.buy(sim.ECheck)
		b.wantStory("pending EUR 75.00", "on_its_way 7500 EUR")
		w.settleFor(5 * time.Hour)
		b.wantStory("pending EUR 75.00 T0006", "on_its_way 7500 EUR")
		b.wantWords("pending", map[wording.Language]string{
			"en": "The buyer is paying €75.00 by eCheck, which has not cleared yet.", "de": "Der Käufer zahlt 75,00\u00a0€ per eCheck; dieser ist noch nicht eingelöst.",
			"es": "El comprador paga 75,00\u00a0€ con un eCheck que aún no se ha compensado.", "fr": "L’acheteur paie 75,00\u00a0€ par eChèque, qui n’est pas encore encaissé.",
			"ja": "購入者は€75.00をeCheckで支払っており、まだ決済が完了していません。", "zh-Hans": "买家使用电子支票 (eCheck) 支付 €75.00，尚未清算。",
		})
		if s := b.story(wording.English); s.Summary != "€75.00 is on its way from the buyer and has not arrived yet." {
			t.Error(s.Summary)
		}
		w.must(w.paypal.SettlePending(b.charges()[0].ID, arrives))
		w.sweepFor(26 * time.Hour)
		w.settleFor(5 * time.Hour)
		if arrives {
			b.wantStory("paid EUR 75.00 T0006\nfee EUR -2.97 T0006", "kept 297 EUR\nbalance 7203 EUR")
		} else {
			b.wantStory("declined EUR 75.00 T0006", "")
		}
	}
}

// TestStoryOfWhatNobodyKnows: a code that is new is a line of its own.
func TestStoryOfWhatNobodyKnows(t *testing.T) {
	w := newWorld(t, plan{})
	b := w.paid()
	w.clock.Move(time.Minute)
	_, err := w.paypal.AddRow(sim.OddRow{Code: "T9999", Currency: "EUR", Amount: -3, CustomID: b.id})
	w.must(err)
	w.settleFor(5 * time.Hour)
	b.wantStory("paid EUR 75.00 T0006\nfee EUR -2.97 T0006\nunknown_out EUR -0.03 T9999", "kept 297 EUR\nother 3 EUR\nbalance 7200 EUR")
}
