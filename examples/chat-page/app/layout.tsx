import type { ReactNode } from 'react'
import './page.css'

export const metadata = { title: 'A chat, paid by the answer' }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
