'use strict'

// From batches to the rows of one result: chooses parsers, checks what the native side assumed, builds rows.

const { native, hot, plans, repackedInts, repackedNums } = require('./mailbox')

/** The rows of one RowDescription on their way into a Result. */
class ResultSet {
  /**
   * @param {import('./result')} result gets fields, parsers and rows
   * @param {import('./plan')} plan of the first batch
   */
  constructor(result, plan) {
    result.fields = plan.fields()
    const reading = plan.reading(result._types)
    if (reading.parsers.length > 0) result._parsers = reading.parsers
    result._prebuiltEmptyResultObject = plan.emptyRow()
    this._plan = plan
    this._reading = reading
    this._asArray = result.rowAsArray
    this._settled = false
    this._better = undefined
  }

  /**
   * Appends the batch's rows.
   *
   * @param {object} batch see lib/mailbox.js
   * @param {unknown[]} rows
   * @param {{ ticket: number, statement: number, customTypes: boolean }} query for whom
   * @throws what a parser throws; the rows before it are appended
   */
  append(batch, rows, query) {
    if (batch.text === null) {
      throw new RangeError('A value is longer than the longest string that this JavaScript engine can make')
    }
    const { plan } = batch
    const { kinds, parsers } = this._reading
    if (!this._settled && (kinds !== undefined || batch.isCut)) this._settle(batch, query)
    if (batch.count === 0) return
    if (this._contradicts(plan)) return this._buildRepacked(batch, rows, kinds ?? this._plan.kinds)
    if (batch.jsonLength > 0 && !readJson(batch)) {
      // Not what JSON.parse takes, or not as many values as there should be: one by one, then.
      return this._buildRepacked(batch, rows, new Uint8Array(plan.kinds.length))
    }
    const build =
      plan === this._plan
        ? plan.builderOf(this._reading, this._asArray)
        : plan.builder(parsers, this._asArray)
    build(batch, parsers, rows)
  }

  // Whether values were decoded although their parser is not the default: asked of every plan that comes, because
  // the native side may change its mind between two batches.
  _contradicts(plan) {
    if (plan === this._plan) return this._reading.contradicts
    return plan !== this._better && plan.contradicts(this._reading.parsers)
  }

  // Tells the native side once what is right for this result and for the statement's next execution.
  _settle(batch, { ticket, statement, customTypes }) {
    this._settled = true
    const session = batch.isCut ? batch.session : 0
    const { kinds } = this._reading
    const id = native.settle({ session, ticket, statement, customTypes }, batch.plan.id, kinds)
    if (kinds === undefined) return
    // 0: the native side has forgotten the plan, and goes on sending rows that can be packed anew.
    this._better = id === 0 ? batch.plan.withKinds(0, kinds) : plans.get(id)
    if (this._better === undefined) plans.set(id, (this._better = batch.plan.withKinds(id, kinds)))
  }

  _buildRepacked(batch, rows, kinds) {
    const text = hot.repack(batch.rawStart, batch.rawLength, Uint8Array.from(kinds))
    if (text === undefined || text === null)
      throw new Error('oxpg lost the rows of a result; please report this')
    const jsonLength = repackedInts[0]
    const again = {
      ...batch,
      ints: repackedInts,
      i: 1,
      nums: repackedNums,
      n: 0,
      text,
      t: 0,
      jsonStart: text.length - jsonLength,
      jsonLength,
    }
    const plan = kinds === this._reading.kinds ? this._better : batch.plan.withKinds(0, kinds)
    again.plan = plan
    if (jsonLength > 0 && !readJson(again)) {
      return this._buildRepacked(batch, rows, new Uint8Array(kinds.length))
    }
    plan.builder(this._reading.parsers, this._asArray)(again, this._reading.parsers, rows)
  }
}

// All json and array values of a batch are one JSON text.
function readJson(batch) {
  const { text, jsonStart, jsonLength, plan, count } = batch
  try {
    batch.json = JSON.parse(text.substring(jsonStart, jsonStart + jsonLength))
  } catch {
    return false
  }
  return batch.json.length === plan.jsonColumns * count
}

module.exports = ResultSet
